import { countErrors, type InputError, missingErrors, rangeErrors } from "../validation/inputErrors";
import { type Known, UNKNOWN } from "../validation/inputs";
import { ScalingPace } from "./behaviorArgs";
import { eachErrors, type KnownScaling } from "./knownInputs";

/** All errors of the scaling rules of one direction, as far as they are known. */
export function scalingErrors(path: string, scaling: Known<KnownScaling | undefined>): InputError[] {
  if (scaling === UNKNOWN || scaling === undefined) return [];
  const { pace, stabilizationWindowSeconds, podsPerMinute, percentPerMinute, tolerance, policies } = scaling;
  const hour = { from: 0, to: 3600, decimals: 0 };
  const share = { from: 0, to: 1, decimals: 3 };
  return [
    ...rangeErrors(
      `${path}.stabilizationWindowSeconds`,
      stabilizationWindowSeconds,
      hour,
      "Set seconds, up to an hour",
    ),
    ...countErrors(`${path}.podsPerMinute`, podsPerMinute, "Set a whole number of pods, such as 4"),
    ...countErrors(`${path}.percentPerMinute`, percentPerMinute, "Set a whole percentage, such as 100 to double"),
    ...rangeErrors(`${path}.tolerance`, tolerance, share, "Set a share of the target, such as 0.05"),
    ...(pace === ScalingPace.Never ? idleErrors(path, scaling) : []),
    ...policyListErrors(`${path}.policies`, policies),
    ...(policies === undefined ? [] : rateErrors(path, scaling)),
  ];
}

/** Errors of rates that have no effect with the pace Never. */
function idleErrors(path: string, scaling: KnownScaling): InputError[] {
  const rates = ["podsPerMinute", "percentPerMinute", "policies", "selectPolicy"] as const;
  return rates.flatMap((rate) => {
    if (scaling[rate] === undefined) return [];
    return {
      path: `${path}.${rate}`,
      code: "ASM_ARGUMENT_MISPLACED",
      message: `${rate} does not apply to the pace Never`,
      remedy: `Remove ${rate}, or choose another pace`,
    };
  });
}

/** All errors of the policies of one direction. The API server has these limits. */
function policyListErrors(path: string, policies: KnownScaling["policies"]): InputError[] {
  if (policies === UNKNOWN || policies === undefined) return [];
  const remedy = "Set at least one policy, such as { type: Pods, value: 4, periodSeconds: 60 }";
  if (policies.length === 0) return missingErrors(path, undefined, remedy);
  return eachErrors(path, policies, remedy, (place, { type, value, periodSeconds }) => [
    ...missingErrors(`${place}.type`, type, "Set Pods or Percent"),
    ...missingErrors(`${place}.value`, value, "Set the maximum change, such as 4"),
    ...missingErrors(`${place}.periodSeconds`, periodSeconds, "Set seconds, such as 60"),
    ...countErrors(`${place}.value`, value, "Set the maximum change, such as 4"),
    ...countErrors(`${place}.periodSeconds`, periodSeconds, "Set seconds, up to half an hour", { most: 1800 }),
  ]);
}

/** Errors of rates beside policies, which replace them. */
function rateErrors(path: string, scaling: KnownScaling): InputError[] {
  const rates = ["podsPerMinute", "percentPerMinute"] as const;
  return rates.flatMap((rate) => {
    if (scaling[rate] === undefined) return [];
    return {
      path: `${path}.${rate}`,
      code: "ASM_ARGUMENT_MISPLACED",
      message: `${rate} has no effect beside policies`,
      remedy: `Add a policy with a period of 60 seconds, and remove ${rate}`,
    };
  });
}
