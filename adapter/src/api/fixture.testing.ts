import type { Authorize } from "../auth/authorize.ts";
import type { Identity, Refusal } from "../kubernetes/userInfo.ts";
import { makeServingPair, type ServingPair } from "../serving/servingCertificate.ts";
import { ask, type Question, type Reply } from "./client.testing.ts";
import type { CustomMetrics } from "./customMetrics.ts";
import type { ApiDependencies, ReadResult, RequestEntry } from "./dependencies.ts";
import { type ApiServer, createApiServer } from "./server.ts";

export const GROUP_PATH = "/apis/external.metrics.k8s.io/v1beta1";
export const METRIC_PATH = `${GROUP_PATH}/namespaces/ns/prometheus-query`;
export const SERVICE = { serviceName: "adapter", namespace: "kube-system" };

/** The answers that a test sets for the rest of the adapter. `entries` contains the last log entries. */
interface Backstage {
  names: string[];
  identity: Identity | Refusal | Promise<Identity | Refusal>;
  authorize: Authorize;
  failing: string[];
  read(namespace: string, metric: string): Promise<ReadResult>;
  readonly entries: RequestEntry[];
}

/** A running server whose dependencies a test controls. */
export interface Fixture {
  readonly backstage: Backstage;
  readonly dependencies: ApiDependencies;
  readonly pair: ServingPair;
  readonly server: ApiServer;
  readonly port: number;
  get(path: string, question?: Partial<Question>): Promise<Reply>;
  /** Resets the stage so that every request succeeds. */
  reset(): void;
}

/** Starts the server, with the custom metrics API if `custom` is given. */
export async function startFixture(custom?: CustomMetrics): Promise<Fixture> {
  const calm = (): Omit<Backstage, "entries"> => ({
    names: [],
    identity: { user: "hpa", uid: "", groups: [], extra: new Map() },
    authorize: () => ({ allowed: true }),
    failing: [],
    read: async () => ({ ok: true, readings: [] }),
  });
  const backstage: Backstage = { ...calm(), entries: [] };
  const dependencies: ApiDependencies = {
    metricNames: () => backstage.names,
    namespaceMetrics: () => backstage.names,
    ...(custom ? { custom } : {}),
    async readMetric(namespace, metric, matches) {
      const result = await backstage.read(namespace, metric);
      return result.ok ? { ok: true, readings: result.readings.filter(({ labels }) => matches(labels)) } : result;
    },
    isFrontProxy: () => true,
    identify: () => backstage.identity,
    authorize: (identity, attributes) => backstage.authorize(identity, attributes),
    health: () => backstage.failing,
    log: (entry) => void backstage.entries.push(entry),
  };
  const pair = await makeServingPair(SERVICE, Date.now());
  const server = createApiServer(dependencies, pair.serving);
  const port = await server.listen(0, "127.0.0.1");
  return {
    backstage,
    dependencies,
    pair,
    server,
    port,
    get: (path, question) => ask({ port, ca: pair.authority.cert, path, ...question }),
    reset: () => void Object.assign(backstage, calm()),
  };
}
