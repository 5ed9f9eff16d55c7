import { type HasOwnDialect, problem, readHpa } from "@asm-autoscaler/hpa-metrics";
import type { Routed } from "../../delegates/routing.ts";
import { hpaOf } from "../../hpas/hpa.ts";
import { type Kubernetes, KubernetesError } from "../../kubernetes/client.ts";
import type { Sample } from "../../prometheus/answer.ts";
import type { ReadingSource } from "../../readings/reading.ts";
import { formatSource } from "../../readings/sourceText.ts";
import { followChain, type Sources } from "./chain.ts";
import type { Facts } from "./facts.ts";

/** What the cluster and Prometheus answer in a test. */
export interface World {
  /** The quantity that the API serves for a query name. Undefined, or the message of a problem: it has no reading. */
  served?(queryName: string): string | undefined;
  /** The sources of what it serves. Undefined: Prometheus alone. */
  readonly source?: ReadingSource;
  /**
   * The quantity that the API serves for a metric that is not this adapter's. Undefined: an empty list. Without it, the
   * API must not be read.
   */
  read?(path: string, labelSelector: string): string | undefined | Promise<string>;
  /** The `Via` header of these answers. */
  readonly via?: string;
  readonly delegates?: readonly Routed[];
  /** Objects by path. An error is thrown. Other paths are forbidden. */
  readonly objects?: Readonly<Record<string, unknown>>;
  /** The rules of `--prometheus-adapter-config`. */
  readonly fileRules?: Sources["fileRules"];
  /** Unix ms. Default: 0. */
  readonly now?: number;
  /** The samples of a query. Without it, no Prometheus is known. */
  samples?(query: string): readonly Sample[];
  /** Servers with a query dialect of their own. By default none. */
  readonly hasOwnDialect?: HasOwnDialect;
}

const API = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";
const API_SERVICE = {
  spec: { service: { namespace: "kube-system", name: "a" } },
  status: { conditions: [{ type: "Available", status: "True" }] },
};

/** Collects the facts about an HPA in such a world. */
export async function factsOf(object: unknown, world: World): Promise<Facts> {
  const read = readHpa(object);
  const hpa = hpaOf(read);
  if (!hpa) throw new Error("the HPA has no name");
  return followChain(hpa, read, sourcesOf(world));
}

function sourcesOf({
  served = () => undefined,
  source,
  read,
  via,
  delegates = [],
  objects = {},
  samples,
  hasOwnDialect,
  fileRules,
  now = 0,
}: World): Sources {
  const call: Kubernetes["call"] = async (_method, path, { query, onHeaders } = {}) => {
    if (path === API) return API_SERVICE;
    if (objects[path] instanceof Error) throw objects[path];
    if (Object.hasOwn(objects, path)) return objects[path];
    if (!path.includes("/external.metrics.k8s.io/")) throw new KubernetesError(403, "forbidden");
    const labelSelector = query?.["labelSelector"] ?? "";
    if (!path.includes("/prometheus-query")) {
      if (!read) throw new KubernetesError(403, "forbidden");
      onHeaders?.({ via });
      const value = await read(path, labelSelector);
      return { items: value === undefined ? null : [{ value, timestamp: "2026-11-25T12:00:00Z" }] };
    }
    const value = served(/query-name=([^,]*)/.exec(labelSelector)?.[1] ?? "");
    if (value === undefined || value.startsWith("ASM_"))
      throw new KubernetesError(503, value ?? "ASM_NO_SERIES: the query finds no series");
    onHeaders?.(source ? { "asm-metrics-source": formatSource(source) } : {});
    return { items: [{ value, timestamp: "2026-11-25T12:00:00Z" }] };
  };
  return {
    kubernetes: { call } as Kubernetes,
    prometheus: {
      check: () => (samples ? undefined : problem("ASM_SERVER_MISSING", "no server")),
      evaluate: (asked, evaluatedAt) =>
        asked.map(async ({ query }) => ({
          ok: true as const,
          samples: [...(samples?.(query.text) ?? [])],
          evaluatedAt,
        })),
    },
    rules: {},
    delegates,
    ...(hasOwnDialect ? { hasOwnDialect } : {}),
    ...(fileRules ? { fileRules } : {}),
    now: () => now,
  };
}
