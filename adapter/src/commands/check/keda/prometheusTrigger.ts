import {
  formatMilli,
  type HasOwnDialect,
  milliFromNumber,
  record,
  type ServerRef,
  unparsedQuery,
} from "@asm-autoscaler/hpa-metrics";
import { rejectedQuery } from "../metricsQl.ts";
import type { Finding } from "../report.ts";
import { inner, isOneSample, mayBeNegative, queryMistake, summed, type WrittenMetric } from "../translation.ts";
import { activation } from "./activation.ts";
import { type TriggerServer, triggerServer } from "./server.ts";
import { goBool, goNumber, harmless, lost } from "./values.ts";

/** What a trigger needs of its ScaledObject. */
export interface TriggerContext {
  /** URL of the adapter's default Prometheus. */
  readonly ownServer: string | undefined;
  /** By default, no server has a query dialect of its own. */
  readonly hasOwnDialect: HasOwnDialect | undefined;
  readonly fallback: unknown;
  /** Whether KEDA scales the workload to zero while no trigger is active. */
  readonly isZero: boolean;
}

/**
 * Translates a `prometheus` trigger. Adds to `findings` what the metric cannot express. Returns undefined when the
 * trigger is left out.
 * Source: KEDA 2.20, pkg/scalers/prometheus_scaler.go
 */
export function prometheusTrigger(
  trigger: Record<string, unknown>,
  index: number,
  where: string,
  context: TriggerContext,
  findings: Finding[],
): WrittenMetric | undefined {
  const metadata = record(trigger["metadata"]);
  const query = String(metadata["query"] ?? "");
  const target = targetOf(metadata["threshold"], trigger["metricType"]);
  const server = triggerServer(trigger, metadata, where, context.ownServer);
  const policies = policiesOf(metadata, context.fallback, target, where);
  const isValid = queryMistake(query) === undefined;
  const isUnparsed =
    !isValid && unparsedQuery(query).ok && context.hasOwnDialect?.(serverRef(server.settings)) === true;
  const key = `${where}.metadata.query`;
  findings.push(
    ...(isUnparsed ? [unparsedFinding(key)] : queryFindings(query, metadata["serverAddress"], key)),
    ...("why" in target ? [lost(`${where}.${target.field}`, target.why, "is left out", "refuses it")] : []),
    ...otherFields(trigger, metadata, where, context.isZero),
    ...server.findings,
    ...policies.findings,
  );
  if ((!isValid && !isUnparsed) || "why" in target) return undefined;
  const dialect: Record<string, string> = isUnparsed ? { dialect: "server" } : {};
  return {
    id: typeof trigger["name"] === "string" ? trigger["name"] : `prometheus-${index}`,
    query: isUnparsed ? query : notNegative(summed(query)),
    settings: { ...server.settings, ...policies.settings, ...dialect },
    target: printTarget(target),
  };
}

/** The server that the annotations of a trigger's metric name. */
function serverRef({
  "prometheus-server": url,
  "prometheus-server-alias": alias,
}: TriggerServer["settings"]): ServerRef {
  if (url !== undefined) return { kind: "url", url };
  return alias === undefined ? { kind: "default" } : { kind: "alias", alias };
}

function unparsedFinding(key: string): Finding {
  const message = "the query is in the dialect of its server, so check does not know what it returns";
  return harmless(
    key,
    message,
    "sends it as it is; a negative number is an error (ASM_NEGATIVE)",
    "counts a negative number as 0",
  );
}

function queryFindings(query: string, server: unknown, key: string): Finding[] {
  const mistake = queryMistake(query);
  if (mistake !== undefined) {
    const message = `the query is not valid PromQL (${mistake})`;
    return [lost(key, message, "is left out: correct it first", rejectedQuery(query, String(server ?? "")))];
  }
  const several = lost(
    key,
    "the query may give several samples",
    "its sum is used; check that you want that",
    "is an error when there are several",
  );
  const negative = harmless(
    key,
    "the query may give a negative number",
    "an error (ASM_NEGATIVE), so the query has clamp_min(…, 0)",
    "counts it as 0",
  );
  return [...(isOneSample(query) ? [] : [several]), ...(mayBeNegative(query) ? [negative] : [])];
}

/** KEDA counts a negative number as 0. For this adapter it is an error. */
function notNegative(query: string): string {
  return mayBeNegative(query) ? `clamp_min(${inner(query)}, 0)` : query;
}

function otherFields(
  trigger: Record<string, unknown>,
  metadata: Record<string, unknown>,
  where: string,
  isZero: boolean,
): Finding[] {
  const { activationThreshold, timeout, metricName } = metadata;
  return [
    ...(activationThreshold === undefined
      ? []
      : [activation(`${where}.metadata.activationThreshold`, "activationThreshold", isZero)]),
    ...(timeout === undefined
      ? []
      : [
          lost(
            `${where}.metadata.timeout`,
            `the trigger sets timeout ${String(timeout)}`,
            "each query has the adapter's deadline",
            "waits so long for an answer",
          ),
        ]),
    ...(metricName === undefined
      ? []
      : [
          harmless(
            `${where}.metadata.metricName`,
            "the trigger names its metric",
            "the printed HPA has names of its own",
            "does not read it since 2.12",
          ),
        ]),
    ...(trigger["useCachedMetrics"] === true
      ? [
          harmless(
            `${where}.useCachedMetrics`,
            "the trigger uses cached metrics",
            "a result is reused for at most 3 s; the annotation interval sets a longer time",
            "asks once in each pollingInterval",
          ),
        ]
      : []),
  ];
}

/**
 * Returns the policies for a missing reading. KEDA reads no sample, NaN and infinity as 0, and with ignoreNullValues
 * false as a failure. The fallback of KEDA is a number of replicas for the case of failures. The value of a policy is
 * that number times the target.
 */
function policiesOf(
  metadata: Record<string, unknown>,
  fallback: unknown,
  target: ReturnType<typeof targetOf>,
  where: string,
): { readonly settings: Record<string, string>; readonly findings: Finding[] } {
  const text = String(metadata["ignoreNullValues"] ?? "").trim();
  const ignores = text === "" ? true : goBool(text);
  const key = `${where}.metadata.ignoreNullValues`;
  const value = fallbackValue(fallback, target);
  const onError: Record<string, string> = value === undefined ? {} : { "on-error": `value ${value}` };
  if (ignores) return { settings: { "on-no-data": "zero", ...onError }, findings: [] };
  if (ignores === undefined) {
    const message = `ignoreNullValues ${JSON.stringify(text)} is not a boolean of Go`;
    const here = "no data is an error, so that the HPA keeps its size";
    return { settings: onError, findings: [lost(key, message, here, "refuses the trigger")] };
  }
  if (value === undefined) return { settings: {}, findings: [] };
  const message = "no data is a failure, for which the fallback applies";
  const here = "on-no-data has the value of the fallback, and applies at once";
  return {
    settings: { "on-no-data": `value ${value}`, ...onError },
    findings: [lost(key, message, here, "after failureThreshold failures")],
  };
}

/** The reading that asks for the replicas of a fixed fallback, as a quantity. */
function fallbackValue(fallback: unknown, target: ReturnType<typeof targetOf>): string | undefined {
  if ("why" in target || target.type !== "AverageValue" || !isTranslatable(fallback)) return undefined;
  return quantityOf(Number(record(fallback)["replicas"]) * target.number);
}

/** Whether the fallback is a fixed number of replicas, which a reading can ask for. */
export function isTranslatable(fallback: unknown): boolean {
  const { behavior = "static", replicas } = record(fallback);
  return behavior === "static" && Number.isInteger(replicas) && Number(replicas) >= 0;
}

/** A target of an HPA: the value per pod, or the total value. */
interface Target {
  readonly type: "AverageValue" | "Value";
  readonly number: number;
}

function targetOf(threshold: unknown, metricType: unknown): Target | { readonly field: string; readonly why: string } {
  const number = goNumber(String(threshold ?? ""));
  if (metricType !== undefined && metricType !== "" && metricType !== "Value" && metricType !== "AverageValue") {
    return { field: "metricType", why: `the metric type ${String(metricType)} is not AverageValue or Value` };
  }
  // The smallest supported quantity is a thousandth.
  if (!(number >= 0.001) || quantityOf(number) === undefined) {
    return {
      field: "metadata.threshold",
      why: `the threshold ${String(threshold)} is not a number of a thousandth or more`,
    };
  }
  return { type: metricType === "Value" ? "Value" : "AverageValue", number };
}

/** Formats a number as a quantity, or returns undefined when it is too large for one. */
function quantityOf(number: number): string | undefined {
  try {
    return formatMilli(milliFromNumber(number));
  } catch {
    return undefined;
  }
}

function printTarget({ type, number }: Target): object {
  const quantity = quantityOf(number);
  return type === "Value" ? { type, value: quantity } : { type, averageValue: quantity };
}
