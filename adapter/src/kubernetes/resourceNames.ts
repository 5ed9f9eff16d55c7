import type { ScaleTarget } from "@asm-autoscaler/hpa-metrics";
import type { Kubernetes } from "./client.ts";
import { resourceOf } from "./scale.ts";

/** A kind of object in a version of its API group. */
type ObjectKind = Pick<ScaleTarget, "apiVersion" | "kind">;

/** The plural names of kinds, such as `ingresses` for the kind Ingress of `networking.k8s.io/v1`. */
export interface ResourceNames {
  /** Rejects if the cluster has no such kind, or does not answer. */
  of(object: ObjectKind): Promise<string>;
  /** The name if it was read before. Synchronous. */
  known(object: ObjectKind): string | undefined;
}

/** How long a name counts, in ms. A kind of a CustomResourceDefinition can get another plural name. */
const FRESH_MS = 600_000;
/** Maximum number of names. Authors of HPAs choose them. */
const MOST = 1_000;
/** Less than a read of a metric may wait, in ms. */
const TIMEOUT_MS = 800;

/** Creates names that are read from the discovery of the cluster when they are first asked for. */
export function createResourceNames(
  kubernetes: Pick<Kubernetes, "call">,
  clock: { monotonic(): number },
): ResourceNames {
  const names = new Map<string, { readonly name: string; readonly at: number }>();
  const running = new Map<string, Promise<string>>();
  const read = async (key: string, object: ObjectKind) => {
    const name = await resourceOf(kubernetes, object, { timeoutMs: TIMEOUT_MS });
    names.delete(key);
    const [oldest] = names.keys();
    if (names.size >= MOST && oldest !== undefined) names.delete(oldest);
    names.set(key, { name, at: clock.monotonic() });
    return name;
  };
  return {
    async of(object) {
      const key = keyOf(object);
      const found = names.get(key);
      if (found && clock.monotonic() - found.at < FRESH_MS) return found.name;
      const reading = running.get(key) ?? read(key, object).finally(() => running.delete(key));
      running.set(key, reading);
      return reading;
    },
    known: (object) => names.get(keyOf(object))?.name,
  };
}

function keyOf({ apiVersion, kind }: ObjectKind): string {
  return `${apiVersion} ${kind}`;
}
