import { countMistakes } from "../arguments/count";
import { later, type Now, now } from "../arguments/later";
import { type Mistake, refuse } from "../arguments/mistake";
import { nameMistakes, namespaceName, objectName } from "../arguments/name";
import { registryMistakes } from "../images/check";
import { pullSecretMistakes } from "../images/pullSecrets";
import type { TrafficAutoscalingArgs } from "./args";

/**
 * Checks the arguments of a TrafficAutoscaling as far as they are known; its components would report theirs one after the
 * other, and under paths of their own.
 *
 * @throws pulumi.InputPropertiesError with all mistakes at once.
 */
export function checkTrafficAutoscaling(name: string, args: TrafficAutoscalingArgs): void {
  refuse(`TrafficAutoscaling ${JSON.stringify(name)}`, [
    ...nameMistakes("namespace", now(args.namespace), namespaceName),
    ...rateMistakes("requestsPerSecond", now(args.requestsPerSecond)),
    ...countMistakes("maxReplicas", now(args.maxReplicas), "Say how far the sample may grow, such as 10"),
    ...nameMistakes("storageClassName", now(args.storageClassName), objectName),
    ...registryMistakes("imageRegistry", now(args.imageRegistry)),
    ...pullSecretMistakes("imagePullSecrets", args.imagePullSecrets),
  ]);
}

/** What an autoscaler takes as a target: Kubernetes knows no smaller one than a thousandth. */
function rateMistakes(path: string, rate: Now<number | undefined>): Mistake[] {
  if (rate === later || rate === undefined || (Number.isFinite(rate) && rate >= 0.001)) return [];
  return [
    {
      path,
      code: "ASM_TARGET_INVALID",
      message: `${JSON.stringify(rate)} requests per second are no target`,
      remedy: "Say how many requests per second one pod should serve, such as 10",
    },
  ];
}
