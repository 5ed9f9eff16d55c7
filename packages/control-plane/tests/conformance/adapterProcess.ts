import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { until } from "../until.ts";
import type { Client } from "./client.ts";
import type { Plane } from "./plane.ts";

/** As in the pod of MetricsAdapter. */
const NODE_FLAGS = ["--optimize-for-size", "--max-semi-space-size=2"];

/** Where the Service `asm-metrics-adapter` of `kube-system` leads: the API server goes there by its ExternalName. */
const ADAPTER_ADDRESS = 30;
const PORT = 6443;
const COMMAND = fileURLToPath(new URL("../../../../adapter/bin/asm-metrics-adapter.mjs", import.meta.url));

/** The adapter's built command as a process of its own behind the API server. */
export interface AdapterProcess {
  readonly address: string;
  readonly port: number;
  readonly metricsUrl: string;
  output(): string;
  alive(): boolean;
  pid(): number;
  /** Ends it with the signal, and waits until it has ended. */
  end(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again, with the same flags; resolves when it is ready. */
  begin(): Promise<void>;
}

const service = { name: "asm-metrics-adapter", namespace: "kube-system" };
const G = "external.metrics.k8s.io";

/** What the component makes around the adapter, without its pods: the Secret, the Service and the APIService. */
export async function registerAdapter(plane: Plane): Promise<void> {
  const address = plane.addresses.component(ADAPTER_ADDRESS);
  const items = [
    { apiVersion: "v1", kind: "Secret", metadata: { ...service, name: "asm-metrics-adapter-serving" } },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: service,
      // The API server resolves no ExternalName itself: a loopback address is one that it can dial.
      spec: { type: "ExternalName", externalName: address },
    },
    {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: `v1beta1.${G}` },
      spec: {
        group: G,
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { ...service, port: PORT },
      },
    },
  ];
  await plane.kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
}

/** Starts the adapter and waits until it is ready. A flag given here goes before one of the usual ones. */
export async function startAdapter(
  plane: Plane,
  client: Client,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<AdapterProcess> {
  const address = plane.addresses.component(ADAPTER_ADDRESS);
  const kubeconfig = await plane.kubeconfig("asm-metrics-adapter", ["system:masters"]);
  let child: ChildProcess | undefined;
  let output = "";
  const begin = async () => {
    const started = spawn(
      process.execPath,
      [
        ...NODE_FLAGS,
        COMMAND,
        `--kubeconfig=${kubeconfig}`,
        `--prometheus-server=${plane.prometheusUrl}`,
        `--bind-address=${address}`,
        `--secure-port=${PORT}`,
        `--metrics-address=${address}:7979`,
        `--status-address=${address}:8090`,
        `--serving-secret=${service.namespace}/asm-metrics-adapter-serving`,
        `--serving-service=${service.namespace}/${service.name}`,
        ...flags,
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } },
    );
    child = started;
    output = "";
    for (const stream of [started.stdout, started.stderr]) stream.on("data", (chunk) => (output += chunk));
    await until(
      "the adapter to be ready",
      async () => {
        if (started.exitCode !== null) throw new Error(`the adapter has ended: ${output}`);
        return (await client.get("/readyz")).status === 200;
      },
      30,
    );
  };
  const process_: AdapterProcess = {
    address,
    port: PORT,
    metricsUrl: `http://${address}:7979/metrics`,
    output: () => output,
    alive: () => child !== undefined && child.exitCode === null && child.signalCode === null,
    pid: () => child?.pid ?? 0,
    async end(signal = "SIGKILL") {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    },
    begin,
  };
  process.once("exit", () => child?.kill("SIGKILL"));
  try {
    await begin();
  } catch (error) {
    await process_.end();
    throw new Error(`the adapter did not start: ${output.slice(-2000)}`, { cause: error });
  }
  return process_;
}

/** Waits until the API server finds the adapter available. */
export async function available(plane: Plane, wanted = "True", seconds = 40): Promise<string> {
  return until(
    `Available=${wanted}`,
    async () => {
      const text = await plane.kubectl(["get", "apiservice", `v1beta1.${G}`, "-o", "json"]);
      const { status } = JSON.parse(text) as {
        status?: { conditions?: { type: string; status: string; reason: string; message: string }[] };
      };
      const found = status?.conditions?.find(({ type }) => type === "Available");
      if (found?.status !== wanted) throw new Error(JSON.stringify(found));
      return `${found.reason}: ${found.message}`;
    },
    seconds,
  );
}
