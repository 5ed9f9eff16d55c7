import { type AdapterProcess, available, registerAdapter, startAdapter } from "./adapterProcess.ts";
import { type Client, createClient } from "./client.ts";
import { type Plane, startPlane } from "./plane.ts";
import { type StandIn, startStandIn } from "./standIn.ts";

export const GROUP_PATH = "/apis/external.metrics.k8s.io/v1beta1";

/** Path of a metric, with a selector when one is given. */
export function metricPath(metric: string, selector?: string, namespace = "default"): string {
  const query = selector === undefined ? "" : `?labelSelector=${encodeURIComponent(selector)}`;
  return `${GROUP_PATH}/namespaces/${namespace}/${encodeURIComponent(metric)}${query}`;
}

/** An answer of the API, as much as the clauses look at. */
interface ApiBody {
  kind: string;
  apiVersion?: string;
  metadata?: unknown;
  message?: string;
  reason?: string;
  code?: number;
  items?: { metricName: string; metricLabels: Record<string, string>; timestamp: string; value: string }[];
}

/** The adapter behind a real API server and HPA controller, shared by all clauses. */
export interface Stage {
  readonly plane: Plane;
  readonly adapter: AdapterProcess;
  /** Past the API server. */
  readonly direct: Client;
  /** The Prometheus with the alias `stand-in`. */
  readonly standIn: StandIn;
  apply(...objects: object[]): Promise<void>;
  /** Reads through the API server, as admin. */
  read(path: string, headers?: Record<string, string>): Promise<{ status: number; headers: Headers; body: ApiBody }>;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** Further flags of the adapter, known when the control plane runs. */
  flags?(plane: Plane): Promise<readonly string[]> | readonly string[];
  /** Environment of the adapter besides this process's own. */
  env?(plane: Plane): Readonly<Record<string, string>>;
  scrapeConfigs?: readonly unknown[];
  /** How often the HPA controller looks; SYNC_SECONDS of plane.ts without it. */
  syncSeconds?: number;
}

/** Starts everything; the adapter is available when this resolves, and has no HPA yet. */
export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const plane = await startPlane(options.scrapeConfigs, options.syncSeconds);
  const standIn = await startStandIn();
  let adapter: AdapterProcess | undefined;
  const stop = async () => {
    await adapter?.end("SIGKILL");
    standIn.close();
    await plane.stop();
  };
  try {
    await registerAdapter(plane);
    const proxy = await plane.frontProxy.issueClient("front-proxy-client");
    const direct = createClient(plane.addresses.component(30), 6443, proxy);
    const flags = [`--additional-prometheus-server=stand-in=${standIn.url}`, ...((await options.flags?.(plane)) ?? [])];
    adapter = await startAdapter(plane, direct, flags, options.env?.(plane));
    await available(plane);
    return {
      plane,
      adapter,
      direct,
      standIn,
      apply: async (...items) => {
        const list = { apiVersion: "v1", kind: "List", items };
        await plane.kubectl(["apply", "-f", "-"], JSON.stringify(list));
      },
      read: async (path, headers = {}) => {
        const response = await plane.kubernetes.request(path, { headers });
        const text = await response.text();
        return { status: response.status, headers: response.headers as unknown as Headers, body: parse(text) };
      },
      stop,
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

function parse(text: string): ApiBody {
  try {
    return JSON.parse(text);
  } catch {
    return { kind: "", message: text };
  }
}
