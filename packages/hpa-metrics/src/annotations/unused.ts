import type { Fault } from "../fault";
import { nearest } from "../nearest";
import { reservedKeys } from "./key";
import { policyKeys } from "./policy";
import type { Config } from "./settings";

/** Settings of the reference that mean nothing for external metrics; it ignores them there as well. */
const withoutEffect = ["per-replica", "min-pod-ready-age"];

/** Warns of the annotations of one metric name that change nothing. */
export function unusedKeys(
  metricName: string,
  config: Config,
  claimed: ReadonlySet<string>,
  served: ReadonlySet<string>,
): Fault[] {
  const faults: Fault[] = [];
  const isServed = served.has(metricName);
  for (const [name, { key }] of config) {
    if (!isServed) faults.push(unnamed(key, metricName, served));
    else if (withoutEffect.includes(name)) faults.push(ineffective(key, name));
    else if (!claimed.has(key) && !reservedKeys.some((reserved) => reserved === name)) {
      faults.push(unused(key, name, config, claimed));
    }
  }
  return faults;
}

function unnamed(key: string, metricName: string, served: ReadonlySet<string>): Fault {
  const near = nearest(metricName, served);
  return {
    code: "ASM_KEY_UNUSED",
    severity: "warning",
    key,
    message: `the annotation "${key}" is not used: no external metric of the HPA is named "${metricName}"${hint(near)}`,
    remedy: "Correct the name, or remove the annotation",
  };
}

function unused(key: string, name: string, config: Config, claimed: ReadonlySet<string>): Fault {
  const named = [...config].flatMap(([known, entry]) => (claimed.has(entry.key) ? [known] : []));
  const policies = policyKeys.flatMap((key) => named.map((query) => `${key}.${query}`));
  const near = nearest(name, [...reservedKeys, ...named, ...policies]);
  return {
    code: "ASM_KEY_UNUSED",
    severity: "warning",
    key,
    message: `the annotation "${key}" is not used: "${name}" is neither a setting nor the query-name of a metric${hint(near)}`,
    remedy: "Correct the key, or remove the annotation",
  };
}

function ineffective(key: string, name: string): Fault {
  return {
    code: "ASM_KEY_WITHOUT_EFFECT",
    severity: "warning",
    key,
    message: `the annotation "${key}" has no effect: ${name} is not for external metrics`,
    remedy: "Remove the annotation",
  };
}

function hint(near: string | undefined): string {
  return near === undefined ? "" : `, did you mean "${near}"?`;
}
