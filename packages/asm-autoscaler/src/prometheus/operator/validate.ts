import { countErrors, type InputError, missingErrors, nameErrors, namespaceName } from "../../validation/inputErrors";
import { isGiven, knownValue, UNKNOWN } from "../../validation/inputs";
import { labelErrors } from "../../validation/metadata";
import { validateArgs } from "../../validation/validateArgs";
import { urlErrors } from "../endpoint";
import type { OperatorPrometheusArgs } from "./args";

/** Validates the arguments of an OperatorPrometheus as far as they are known. @throws pulumi.InputPropertiesError */
export function validateOperatorPrometheus<T extends OperatorPrometheusArgs>(name: string, args: T): T {
  return validateArgs("OperatorPrometheus", name, args, (known: OperatorPrometheusArgs) => [
    ...releaseErrors(known),
    ...nameErrors("namespace", knownValue(known.namespace), namespaceName),
    ...labelErrors("podMonitorLabels", known.podMonitorLabels, { isReserved: () => false, owner: "the PodMonitors" }),
    ...(isGiven(known.url) ? urlErrors("url", knownValue(known.url)) : []),
    ...nameErrors("ztunnelNamespace", knownValue(known.ztunnelNamespace), namespaceName),
    ...misplacedErrors(known),
    ...countErrors(
      "scrapeIntervalSeconds",
      knownValue(known.scrapeIntervalSeconds),
      "Use a number of seconds such as 15",
    ),
  ]);
}

/** Helm allows names of at most 53 characters, so that the names that it makes of them fit into a label. */
function releaseErrors({ release }: OperatorPrometheusArgs): InputError[] {
  const known = knownValue<string | undefined>(release);
  if (known === UNKNOWN) return [];
  if (!isGiven(known))
    return missingErrors("release", known, "Set the name of the Helm release that helm list -A shows");
  return nameErrors("release", known, namespaceName);
}

function misplacedErrors({ scrapeZtunnel, ztunnelNamespace }: OperatorPrometheusArgs): InputError[] {
  if (scrapeZtunnel === true || !isGiven(ztunnelNamespace)) return [];
  return [
    {
      path: "ztunnelNamespace",
      code: "ASM_ARGUMENT_MISPLACED",
      message: "ztunnelNamespace has no effect without scrapeZtunnel",
      remedy: "Set scrapeZtunnel to true, or remove ztunnelNamespace",
    },
  ];
}
