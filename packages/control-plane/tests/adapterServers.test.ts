import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { MetricsAdapter } from "@asm-autoscaler/asm-autoscaler";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { secret } from "@pulumi/pulumi";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { type LocalCluster, startLocalCluster } from "../src/localCluster.ts";
import { until } from "./until.ts";

/** The component's adapter before two Prometheus servers that each let in only who is meant for them. */

let cluster: LocalCluster;
let stack: Stack;
const guards: Server[] = [];
const basic = `Basic ${Buffer.from("ak:t0ken-sk").toString("base64")}`;
/** Changed by the tests, between two updates. */
let token = "t0ken-1";
let path = "one";

/** A server before Prometheus that answers 401 to all but those with the right headers. */
async function guard(allow: (headers: IncomingHttpHeaders) => boolean): Promise<string> {
  const upstream = new URL(cluster.controlPlane.prometheusUrl);
  const server = createServer((incoming, answer) => {
    if (!allow(incoming.headers)) {
      answer.writeHead(401).end("not let in");
      return;
    }
    const { method, headers } = incoming;
    const at = (incoming.url ?? "").replace(/^\/(one|two)\//, "/");
    const { authorization: _, ...rest } = headers;
    const forwarded = request(
      { host: upstream.hostname, port: upstream.port, path: at, method, headers: rest },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      },
    );
    forwarded.once("error", () => answer.destroy());
    incoming.pipe(forwarded);
  });
  guards.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  cluster = await startLocalCluster();
  const main = await guard(({ authorization }) => authorization === "t0ken-1");
  const eu = await guard((headers) => headers.authorization === basic && headers["x-scope-orgid"] === "t0ken-tenant");
  const program = async () => {
    new MetricsAdapter("adapter", {
      prometheus: { url: `${main}/${path}`, authorization: secret(token) },
      additionalPrometheus: {
        "eu.1": {
          url: eu,
          basicAuth: { username: "ak", password: "t0ken-sk" },
          headers: { "X-Scope-OrgID": "t0ken-tenant" },
        },
      },
      replicas: 1,
    });
  };
  stack = await cluster.engine.stack({ project: "servers", stack: "adapter", program });
  await stack.up();
}, 600_000);

afterAll(async () => {
  for (const server of guards) {
    server.closeAllConnections();
    server.close();
  }
  await cluster?.stop();
}, 60_000);

/** An HPA with one metric of its own name. */
function hpa(name: string, alias: string | undefined) {
  const key = `metric-config.external.${name}.prometheus`;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: {
      name,
      namespace: "default",
      annotations: {
        [`${key}/query`]: "scalar(vector(7))",
        ...(alias === undefined ? {} : { [`${key}/prometheus-server-alias`]: alias }),
      },
    },
    spec: {
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      metrics: [
        {
          type: "External",
          external: {
            metric: { name, selector: { matchLabels: { type: "prometheus" } } },
            target: { type: "AverageValue", averageValue: "10" },
          },
        },
      ],
    },
  };
}

async function reading(name: string): Promise<string> {
  const at = `/apis/external.metrics.k8s.io/v1beta1/namespaces/default/${name}?labelSelector=type%3Dprometheus`;
  const response = await cluster.controlPlane.kubernetes.request(at);
  const body = (await response.json()) as { items?: { value: string }[] };
  return body.items?.map(({ value }) => value).join() ?? "";
}

/** What an update does, as `operation name`, the component itself left out. */
async function changes(): Promise<string[]> {
  const done: string[] = [];
  await stack.up({
    onEvent: ({ resOutputsEvent }) => {
      const { op, urn } = resOutputsEvent?.metadata ?? {};
      const name = urn?.split("::").at(-1);
      if (op !== undefined && op !== "same" && name !== "adapter") done.push(`${op} ${name}`);
    },
  });
  return done;
}

describe("an adapter with credentials", () => {
  test.each([
    ["main", undefined],
    ["additional", "eu.1"],
  ])(
    "reads from its %s server, which lets nobody else in",
    async (name, alias) => {
      await cluster.controlPlane.kubectl(["apply", "-f", "-"], JSON.stringify(hpa(name, alias)));
      await until(`a reading of ${name}`, async () => (await reading(name)) === "7");
    },
    60_000,
  );

  test("neither pods nor state show them, in clear or in base64", async () => {
    const shown = await cluster.controlPlane.kubectl(["get", "pods,deployments", "-A", "-o", "yaml"]);
    const files = readdirSync(join(cluster.controlPlane.directory, "pulumi-state"), {
      recursive: true,
      withFileTypes: true,
    });
    const state = files
      .filter((file) => file.isFile())
      .map((file) => readFileSync(join(file.parentPath, file.name), "utf8"))
      .join("\n");
    expect(state).toContain("adapter-prometheus");
    for (const text of [shown, state]) {
      expect(text.includes("t0ken")).toBe(false);
      expect(text.includes(Buffer.from("t0ken-1").toString("base64"))).toBe(false);
    }
  }, 60_000);

  test("a new token leaves the pods alone, a new address makes new ones", async () => {
    await stack.preview({ expectNoChanges: true });
    token = "t0ken-2";
    expect((await changes()).filter((change) => !change.endsWith("adapter-prometheus"))).toEqual([]);
    path = "two";
    expect(await changes()).toContain("update adapter-deployment");
  }, 180_000);
});
