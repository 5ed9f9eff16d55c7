import { writeFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import type { ControlPlane } from "../../../src/controlPlane.ts";
import { answersOk } from "../../../src/probe.ts";
import { lastLines, startProcess } from "../../../src/processes.ts";
import { startNeighbour } from "../../neighbour.ts";
import { type ReadAnswer, read } from "../../neighbourReads.ts";
import type { RuleConfig } from "./ruleConfig.ts";

/** An adapter that serves a configuration of rules. */
export interface RuleAdapter {
  readonly pid: number;
  get(path: string): Promise<ReadAnswer>;
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Where the rules are read, and by whom. */
export interface Setting {
  readonly controlPlane: ControlPlane;
  /** Bearer token of a user with all rights. */
  readonly token: string;
  /** Path of the real prometheus-adapter. */
  readonly program: string;
  readonly prometheusUrl: string;
}

/** Series are read once, when the adapter starts. The samples of the last hour count. */
const RELIST = ["--metrics-relist-interval=1h", "--metrics-max-age=1h"];
/** Its default is five requests per second to the API server, one for each read of all objects. */
const FAST_LISTS = ["--client-qps=1000", "--client-burst=1000"];
const LAUNCHER = join(process.cwd(), "adapter/bin/asm-metrics-adapter.mjs");
/** Numbers of their addresses in the control plane's block. */
const COMPONENTS = { original: 41, ours: 30 };
const PORT = 6443;

/** Starts the real prometheus-adapter. Rejects if it does not start with this configuration. */
export async function startOriginal(setting: Setting, config: RuleConfig): Promise<RuleAdapter> {
  const { controlPlane, program, prometheusUrl } = setting;
  const file = await configFile(controlPlane, config);
  const neighbour = await startNeighbour(controlPlane, {
    ...{ name: "prometheus-adapter", program, component: COMPONENTS.original },
    args: [`--prometheus-url=${prometheusUrl}`, `--config=${file}`, ...RELIST, ...FAST_LISTS],
  });
  const client = clientOf(neighbour.url, setting.token);
  return {
    pid: neighbour.pid(),
    get: client.get,
    log: neighbour.log,
    async stop() {
      client.close();
      await neighbour.stop(0);
    },
  };
}

/** Starts our adapter with the same configuration. */
export async function startOurs(setting: Setting, config: RuleConfig): Promise<RuleAdapter> {
  const { controlPlane, prometheusUrl } = setting;
  const { addresses, directory, kubeconfig } = controlPlane;
  const address = addresses.component(COMPONENTS.ours);
  const file = await configFile(controlPlane, config);
  const { certPem, keyPem } = await controlPlane.issueServingCertificate([address]);
  const [cert, key, logFile] = ["ours.crt", "ours.key", "ours.log"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(cert, certPem);
  await writeFile(key, keyPem, { mode: 0o600 });
  const url = `https://${address}:${PORT}`;
  const running = await startProcess({
    ...{ name: "asm-metrics-adapter", program: process.execPath, logFile },
    args: [
      LAUNCHER,
      ...[`--kubeconfig=${kubeconfig}`, `--bind-address=${address}`, `--secure-port=${PORT}`],
      ...[`--tls-cert-file=${cert}`, `--tls-private-key-file=${key}`],
      ...[`--metrics-address=${address}:7979`, `--status-address=${address}:8090`],
      ...[`--prometheus-server=${prometheusUrl}`, `--prometheus-adapter-config=${file}`, ...RELIST],
    ],
    env: { HOME: directory },
    isReady: (signal) => answersOk(`${url}/readyz`, signal, controlPlane.caPem),
    readyWithinSeconds: 60,
  });
  const client = clientOf(url, setting.token);
  return {
    pid: running.pid,
    get: client.get,
    log: () => lastLines(logFile, 50),
    async stop() {
      client.close();
      await running.stop(0);
    },
  };
}

/** Writes the configuration as a file. JSON is YAML. */
async function configFile({ directory }: ControlPlane, config: RuleConfig): Promise<string> {
  const file = join(directory, "rules.yaml");
  await writeFile(file, JSON.stringify(config));
  return file;
}

function clientOf(url: string, token: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const headers = { authorization: `Bearer ${token}`, accept: "application/json" };
  return {
    get: (path: string) => read(`${url}${path}`, { headers, agent, rejectUnauthorized: false }),
    close: () => agent.destroy(),
  };
}
