import { type AnnotatedQuery, parsePolicy } from "@asm-autoscaler/hpa-metrics";
import type * as pulumi from "@pulumi/pulumi";
import { type InputError, rangeErrors } from "../validation/inputErrors";
import { type Known, UNKNOWN } from "../validation/inputs";
import { TrafficMetricPolicy, type TrafficMetricPolicyArgs } from "./metricArgs";

type Policy = pulumi.Unwrap<TrafficMetricPolicyArgs>;

/** A metric with its policies. */
interface Policies {
  readonly onNoData?: Policy;
  readonly onError?: Policy;
}

/** The policies as far as they are known. */
interface KnownPolicies {
  readonly onNoData?: Known<Policy | undefined>;
  readonly onError?: Known<Policy | undefined>;
}

/** Whether the metric is read from proxies while Prometheus gives no answer. */
export function fallsBackToProxies({ onError }: KnownPolicies): boolean {
  return onError !== UNKNOWN && onError?.policy === TrafficMetricPolicy.Direct;
}

/** Whether the metric has a policy. Its annotation key contains the query's name, which must then be shorter. */
export function hasPolicy(metric: { readonly onNoData?: unknown; readonly onError?: unknown }): boolean {
  return metric.onNoData !== undefined || metric.onError !== undefined;
}

/** The policies as the annotations `on-no-data` and `on-error` write them: `hold`, `zero`, `last-for 10m`, `value 5`, `direct`. */
export function policyTexts({ onNoData, onError }: Policies): Pick<AnnotatedQuery, "onNoData" | "onError"> {
  return {
    ...(onNoData === undefined ? {} : { onNoData: policyText(onNoData) }),
    ...(onError === undefined ? {} : { onError: policyText(onError) }),
  };
}

function policyText({ policy, lastFor, value }: Policy): string {
  if (lastFor !== undefined) return `last-for ${lastFor}`;
  if (value !== undefined) return `value ${value}`;
  return (policy ?? TrafficMetricPolicy.Hold).toLowerCase();
}

/** Largest fixed value, in whole units: 15 digits, as the annotation takes it. */
const LARGEST = 999_999_999_999_999;

/** All errors of the policies of a metric, as far as they are known. */
export function policiesErrors(path: string, { onNoData, onError }: KnownPolicies): InputError[] {
  const isMisplaced = onNoData !== UNKNOWN && onNoData?.policy === TrafficMetricPolicy.Direct;
  return [
    ...policyErrors(`${path}.onNoData`, onNoData),
    ...policyErrors(`${path}.onError`, onError),
    ...(isMisplaced ? [misplacedDirect(`${path}.onNoData.policy`)] : []),
  ];
}

function misplacedDirect(path: string): InputError {
  return {
    path,
    code: "ASM_POLICY_INVALID",
    message: "The policy Direct is only for onError",
    remedy: "Set Hold or Zero, or lastFor or value",
  };
}

function policyErrors(path: string, policy: Known<Policy | undefined>): InputError[] {
  if (policy === UNKNOWN || policy === undefined) return [];
  if (Object.keys(policy).length !== 1) return [onePolicy(path, Object.keys(policy))];
  const range = { from: 0, to: LARGEST, decimals: 3 };
  return [
    ...rangeErrors(`${path}.value`, policy.value, range, "Set a number such as 5"),
    ...(policy.lastFor === undefined ? [] : lastForErrors(`${path}.lastFor`, policy.lastFor)),
  ];
}

function onePolicy(path: string, given: readonly string[]): InputError {
  return {
    path,
    code: "ASM_POLICY_INVALID",
    message: given.length === 0 ? "The policy is empty" : `The policy sets ${given.join(" and ")}`,
    remedy: "Set exactly one of policy, lastFor and value",
  };
}

/** Parsed with the adapter's own code. */
function lastForErrors(path: string, lastFor: string): InputError[] {
  const parsed = parsePolicy(path, `last-for ${lastFor}`);
  if ("policy" in parsed) return [];
  const message = `${JSON.stringify(lastFor)} is not a duration above zero`;
  return [{ path, code: parsed.code, message, remedy: "Write a duration such as 10m" }];
}
