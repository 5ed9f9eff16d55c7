import { readRules } from "@asm-autoscaler/hpa-metrics";
import {
  countErrors,
  type InputError,
  misplacedError,
  missingErrors,
  nameErrors,
  objectName,
} from "../validation/inputErrors";
import { isGiven, type Known, knownValue, UNKNOWN } from "../validation/inputs";
import type { MetricsAdapterRulesArgs } from "./rules";

const PATH = "prometheusAdapterRules";

/** A key of a ConfigMap. */
const CONFIG_KEY = { pattern: /^[-._a-zA-Z0-9]+$/, longest: 253, allowed: "letters, digits, '-', '_' and '.'" };

/** All errors of the rules, each with its property path. Every rule that cannot be served is an error. */
export function rulesErrors(rules: MetricsAdapterRulesArgs | undefined): InputError[] {
  const known: Known<MetricsAdapterRulesArgs | undefined> = knownValue(rules);
  // A value of another form is already an error.
  if (known === UNKNOWN || !isGiven(known) || typeof known !== "object") return [];
  return [...sourceErrors(known), ...textErrors(known), ...timeErrors(known)];
}

/** Errors of the text: one for each rule that cannot be served. prometheus-adapter does not start with one of them. */
function textErrors({ config, bothApis }: MetricsAdapterRulesArgs): InputError[] {
  const text: unknown = knownValue(config);
  if (typeof text !== "string") return [];
  const path = `${PATH}.config`;
  const read = readRules(text, { isAlibaba: bothApis === true });
  if (!read.ok) return [{ path, ...read.problem }];
  return read.file.broken.map(({ place, problem }) => ({ path: `${path}.${place}`, ...problem }));
}

/** Errors of where the configuration is. */
function sourceErrors({ config, configMap, configMapKey }: MetricsAdapterRulesArgs): InputError[] {
  if (!isGiven(config) && !isGiven(configMap))
    return missingErrors(
      `${PATH}.config`,
      undefined,
      "Set config, or configMap with the name of an existing ConfigMap",
    );
  if (isGiven(config))
    return [
      ...(isGiven(configMap)
        ? [misplacedError(`${PATH}.configMap`, "config is set", "Remove one of config and configMap")]
        : []),
      ...(isGiven(configMapKey)
        ? [misplacedError(`${PATH}.configMapKey`, "config is set", "Remove it, or set configMap instead of config")]
        : []),
    ];
  return [
    ...nameErrors(`${PATH}.configMap`, knownValue(configMap), objectName),
    ...nameErrors(`${PATH}.configMapKey`, knownValue(configMapKey), CONFIG_KEY),
  ];
}

/** The adapter refuses a maximum age below the interval, because each metric would then come and go. */
function timeErrors({ relistIntervalSeconds, maxAgeSeconds }: MetricsAdapterRulesArgs): InputError[] {
  const [interval, age]: Known<number | undefined>[] = [knownValue(relistIntervalSeconds), knownValue(maxAgeSeconds)];
  const errors = [
    ...countErrors(`${PATH}.relistIntervalSeconds`, interval, "Set seconds, such as 60"),
    ...countErrors(`${PATH}.maxAgeSeconds`, age, "Set seconds, such as 600"),
  ];
  if (errors.length > 0 || typeof interval !== "number" || typeof age !== "number" || age >= interval) return errors;
  return [
    {
      path: `${PATH}.maxAgeSeconds`,
      code: "ASM_NUMBER_INVALID",
      message: `${age} is less than relistIntervalSeconds, ${interval}, so metrics would come and go`,
      remedy: "Set at least the interval",
    },
  ];
}
