import { formatMilli, type Problem, problem, record, type ScaleTarget } from "@asm-autoscaler/hpa-metrics";
import { type Kubernetes, reason } from "./kubernetes/client.ts";
import type { ResourceNames } from "./kubernetes/resourceNames.ts";
import { readScale } from "./kubernetes/scale.ts";
import type { Reading } from "./readings/reading.ts";
import type { Readings } from "./readings/readings.ts";

/** The replicas of a scale target, or why they are not known. At least 1. */
type Replicas = { readonly ok: true; readonly replicas: bigint } | { readonly ok: false; readonly problem: Problem };

/** Less than a read of a metric may wait, in ms. */
const TIMEOUT_MS = 800;

/**
 * Divides the readings of metrics with `per-replica` by the replicas of their scale target, also the value of a policy.
 *
 * As in kube-metrics-adapter, these are the replicas in the status of the target, at the time of the read. The status of
 * the HPA is older: its `currentReplicas` are those before the last scaling, and a value that is divided by them would
 * scale up once more. While the replicas are 0 or not known, the metric has no reading.
 * Source: kube-metrics-adapter, pkg/collector/skipper_collector.go, targetRefReplicas
 */
export function dividePerReplica(readings: Readings, kubernetes: Kubernetes, names: ResourceNames): Readings {
  const running = new Map<string, Promise<Replicas>>();

  /** Reads that come together share one request. A result is not stored: an older number of replicas is a wrong one. */
  const replicasOf = (namespace: string, target: ScaleTarget): Promise<Replicas> => {
    const key = JSON.stringify([namespace, target]);
    const reading =
      running.get(key) ?? readReplicas(kubernetes, names, namespace, target).finally(() => running.delete(key));
    running.set(key, reading);
    return reading;
  };

  return {
    ...readings,
    async read(spec, namespace) {
      const { perReplicaOf } = spec;
      if (!perReplicaOf) return readings.read(spec, namespace);
      const [outcome, divisor] = await Promise.all([
        readings.read(spec, namespace),
        replicasOf(namespace, perReplicaOf),
      ]);
      if (!outcome.ok) return outcome;
      if (!divisor.ok) return { ok: false, problem: divisor.problem };
      return { ...outcome, reading: divided(outcome.reading, divisor.replicas) };
    },
  };
}

function divided(reading: Reading, replicas: bigint): Reading {
  const milli = (2n * reading.milli + replicas) / (2n * replicas);
  return { ...reading, milli, quantity: formatMilli(milli) };
}

async function readReplicas(
  kubernetes: Kubernetes,
  names: ResourceNames,
  namespace: string,
  target: ScaleTarget,
): Promise<Replicas> {
  const subject = `the replicas of ${target.kind} ${target.name}, by which per-replica divides,`;
  const unknown = (why: string): Replicas => ({
    ok: false,
    problem: problem("ASM_REPLICAS_UNKNOWN", `${subject} ${why}`),
  });
  try {
    const scale = await readScale(kubernetes, namespace, target, names.of, { timeoutMs: TIMEOUT_MS });
    const { replicas } = record(scale["status"]);
    // The API omits a zero.
    if (replicas === undefined || replicas === 0) return unknown("are 0");
    if (typeof replicas !== "number" || !Number.isSafeInteger(replicas) || replicas < 0)
      return unknown("are not a number in its scale");
    return { ok: true, replicas: BigInt(replicas) };
  } catch (error) {
    return unknown(`cannot be read: ${reason(error)}`);
  }
}
