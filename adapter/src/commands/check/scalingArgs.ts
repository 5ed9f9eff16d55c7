import { isDeepStrictEqual } from "node:util";
import { DEFAULT_BEHAVIOR, parseQuantity, record, recordsIn } from "@asm-autoscaler/hpa-metrics";

/**
 * Converts the `behavior` of an HPA to that of a `TrafficAutoscaler`.
 * Source: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
 */
export function scalingArgs(behavior: Record<string, unknown>): { behavior?: object } {
  const directions = (["scaleUp", "scaleDown"] as const).flatMap((direction) => {
    const args = directionArgs(direction, record(behavior[direction]));
    return Object.keys(args).length === 0 ? [] : [[direction, args]];
  });
  return directions.length === 0 ? {} : { behavior: Object.fromEntries(directions) };
}

function directionArgs(direction: keyof typeof DEFAULT_BEHAVIOR, rules: Record<string, unknown>): object {
  const { stabilizationWindowSeconds, selectPolicy, policies, tolerance } = rules;
  const usual = DEFAULT_BEHAVIOR[direction].stabilizationSeconds;
  return {
    ...(selectPolicy === "Disabled" ? { pace: "Never" } : paceArgs(direction, selectPolicy, policies)),
    ...(stabilizationWindowSeconds === undefined || stabilizationWindowSeconds === usual
      ? {}
      : { stabilizationWindowSeconds }),
    ...(tolerance === undefined ? {} : { tolerance: share(String(tolerance)) }),
  };
}

/** Converts policies to rates per minute where that says the same, and keeps any others as they are. */
function paceArgs(direction: keyof typeof DEFAULT_BEHAVIOR, selectPolicy: unknown, policies: unknown): object {
  // The API server's default policies are the pace Normal of `TrafficAutoscaler`.
  const usual = DEFAULT_BEHAVIOR[direction].policies;
  const given = recordsIn(policies ?? usual);
  const isLargest = selectPolicy === undefined || selectPolicy === "Max" || given.length === 1;
  const select = isLargest ? {} : { selectPolicy };
  if (isDeepStrictEqual(sorted(given), sorted(usual))) return select;
  const of = (type: string) => given.filter((policy) => policy["type"] === type);
  const [pods, percent] = [of("Pods"), of("Percent")];
  const isMinute = given.every(({ periodSeconds }) => periodSeconds === 60);
  if (!isMinute || pods.length > 1 || percent.length > 1) return { policies: given, ...select };
  return {
    ...(pods[0] ? { podsPerMinute: pods[0]["value"] } : {}),
    ...(percent[0] ? { percentPerMinute: percent[0]["value"] } : {}),
    ...select,
  };
}

function sorted(policies: unknown): string[] {
  return recordsIn(policies)
    .map(({ type, value, periodSeconds }) => JSON.stringify([type, value, periodSeconds]))
    .sort();
}

/** Converts a tolerance from a Kubernetes quantity, such as `50m` or `0.05`. The precision is a thousandth. */
function share(quantity: string): number {
  return Number(parseQuantity(quantity).milli) / 1000;
}
