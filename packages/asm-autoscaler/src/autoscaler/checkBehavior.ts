import { choiceMistakes } from "../arguments/choice";
import { countMistakes } from "../arguments/count";
import { later, type Now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";
import { ScalingPace, type TrafficAutoscalerScalingArgs } from "./behaviorArgs";
import type { Draft } from "./draft";
import { rangeMistakes } from "./range";

/** Everything that is wrong with one direction of scaling, as far as it is known. */
export function scalingMistakes(
  path: string,
  scaling: Now<Draft<TrafficAutoscalerScalingArgs> | undefined>,
): Mistake[] {
  if (scaling === later || scaling === undefined) return [];
  const { pace, stabilizationSeconds, podsPerMinute, percentPerMinute, tolerance } = scaling;
  const hour = { from: 0, to: 3600, decimals: 0 };
  const share = { from: 0, to: 1, decimals: 3 };
  return [
    ...choiceMistakes(`${path}.pace`, pace, Object.values(ScalingPace)),
    ...rangeMistakes(`${path}.stabilizationSeconds`, stabilizationSeconds, hour, "Give seconds, up to an hour"),
    ...countMistakes(`${path}.podsPerMinute`, podsPerMinute, "Give whole pods, such as 4"),
    ...countMistakes(`${path}.percentPerMinute`, percentPerMinute, "Give whole percent, such as 100 to double"),
    ...rangeMistakes(`${path}.tolerance`, tolerance, share, "Give a share of the target, such as 0.05"),
    ...(pace === ScalingPace.Never ? idleMistakes(path, scaling) : []),
  ];
}

/** A rate would do nothing where nothing is scaled. */
function idleMistakes(path: string, scaling: Draft<TrafficAutoscalerScalingArgs>): Mistake[] {
  const rates = ["podsPerMinute", "percentPerMinute"] as const;
  return rates.flatMap((rate) => {
    if (scaling[rate] === undefined) return [];
    return {
      path: `${path}.${rate}`,
      code: "ASM_ARGUMENT_MISPLACED",
      message: `${rate} does not belong to the pace Never`,
      remedy: `Leave ${rate} out, or choose another pace`,
    };
  });
}
