import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { Agent } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ControlPlane } from "../../src/controlPlane.ts";
import type { KeyPair } from "../../src/pki.ts";
import { lastLines, startProcess } from "../../src/processes.ts";
import { NAMESPACE, type Neighbour, type NeighbourSpec } from "../neighbour.ts";
import { type ReadAnswer, read } from "../neighbourReads.ts";

/** What the tests with several neighbours share. */

/** A queue with 27 messages, which Prometheus scrapes every second. */
export interface Queue {
  readonly scrapeConfig: object;
  close(): void;
}

/** @param labels what Prometheus adds to the series */
export async function startQueue(labels: Readonly<Record<string, string>> = {}): Promise<Queue> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/plain; version=0.0.4");
    response.end("queue_length 27\n");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    scrapeConfig: { job_name: "queue", scrape_interval: "1s", static_configs: [{ targets: [target], labels }] },
    close: () => server.close(),
  };
}

/** With a rule for external metrics alone, as a user of prometheus-adapter writes it. JSON is YAML. */
const RULES = {
  externalRules: [
    {
      seriesQuery: "queue_length",
      resources: { namespaced: false },
      metricsQuery: "sum(<<.Series>>{<<.LabelMatchers>>})",
    },
  ],
};

/**
 * How to start prometheus-adapter with a configuration, which is also in the file `rules.yaml` of the control plane. By
 * default, it serves the length of the queue as `queue_length`.
 */
export async function prometheusAdapterSpec(
  { directory, prometheusUrl }: ControlPlane,
  program: string,
  rules = JSON.stringify(RULES),
): Promise<NeighbourSpec> {
  const config = join(directory, "rules.yaml");
  await writeFile(config, rules);
  const often = ["--metrics-relist-interval=5s", "--metrics-max-age=1m"];
  return {
    ...{ name: "prometheus-adapter", program, component: 41 },
    args: [`--prometheus-url=${prometheusUrl}`, `--config=${config}`, ...often],
  };
}

/** The APIService of a group as the chart of prometheus-adapter has it: v1beta1, and nobody verifies the certificate. */
export const chartRegistration = (group: string) => ({
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: `v1beta1.${group}` },
  spec: {
    ...{ group, version: "v1beta1", groupPriorityMinimum: 100, versionPriority: 100 },
    ...{ service: { namespace: NAMESPACE, name: "prometheus-adapter", port: 6443 }, insecureSkipTLSVerify: true },
  },
});

/** A user with all rights who reads through the API server, as the HPA controller does. */
export interface Reader {
  readonly token: string;
  /** Fails if the API server does not answer within 20 s. */
  read(path: string): Promise<ReadAnswer>;
  close(): void;
}

export async function createReader({ kubectl, addresses, caPem: ca }: ControlPlane): Promise<Reader> {
  await kubectl(["-n", "default", "create", "serviceaccount", "reader"]);
  await kubectl([
    "create",
    "clusterrolebinding",
    "reader",
    "--clusterrole=cluster-admin",
    "--serviceaccount=default:reader",
  ]);
  const token = (await kubectl(["-n", "default", "create", "token", "reader"])).trim();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const headers = { authorization: `Bearer ${token}` };
  return {
    token,
    read: (path) => read(`https://${addresses.component(2)}:6443${path}`, { headers, ca, agent }),
    close: () => agent.destroy(),
  };
}

/** A server in the place of a neighbour. */
interface Replacement {
  /** The requests that it got, in their order. */
  received(): Promise<{ url: string; headers: IncomingHttpHeaders }[]>;
  /** Stops it, and starts the neighbour again. */
  mend(): Promise<void>;
}

/** A process of its own, so that its work is not that of the readers. It prints each request as a line of JSON. */
const INSTEAD = `
const { cert, key, host, port, body, pad } = JSON.parse(process.env.SERVER);
const answer = Buffer.from(body + " ".repeat(pad));
require("node:https").createServer({ cert, key }, ({ url, headers }, response) => {
  console.log(JSON.stringify({ url, headers }));
  response.setHeader("content-type", "application/json");
  response.end(answer);
}).listen(port, host);
`;

/** Replaces a neighbour by a server with this certificate, which gives this answer, and so many spaces, to everything. */
export async function replaceNeighbour(
  neighbour: Neighbour,
  { certPem: cert, keyPem: key }: KeyPair,
  body: string,
  pad = 0,
): Promise<Replacement> {
  await neighbour.stop(0);
  const { host, port, url } = neighbour;
  const directory = await mkdtemp(join(tmpdir(), "replacement-"));
  const logFile = join(directory, "log");
  const server = await startProcess({
    ...{ name: "replacement", program: process.execPath, args: ["--eval", INSTEAD], logFile },
    env: { SERVER: JSON.stringify({ cert, key, host, port, body, pad }) },
    isReady: async () => (await read(`${url}/`, { rejectUnauthorized: false, agent: false })).status === 200,
    readyWithinSeconds: 20,
  });
  return {
    async received() {
      const lines = (await lastLines(logFile, 10_000)).split("\n");
      return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
    },
    async mend() {
      await server.stop(0);
      await neighbour.start();
      await rm(directory, { recursive: true });
    },
  };
}
