import { now } from "../arguments/later";
import { missingMistakes } from "../arguments/missing";
import { refuse } from "../arguments/mistake";
import { nameMistakes, namespaceName } from "../arguments/name";
import { registryMistakes } from "../images/check";
import { pullSecretMistakes } from "../images/pullSecrets";
import type { SampleWorkloadArgs } from "./args";

/**
 * Checks the arguments of a SampleWorkload as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all mistakes at once.
 */
export function checkSample(name: string, args: SampleWorkloadArgs): void {
  const namespace = now(args.namespace);
  refuse(`SampleWorkload ${JSON.stringify(name)}`, [
    ...missingMistakes("namespace", namespace, "Name a namespace whose pods get sidecars"),
    ...nameMistakes("namespace", namespace, namespaceName),
    ...registryMistakes("imageRegistry", now(args.imageRegistry)),
    ...pullSecretMistakes("imagePullSecrets", args.imagePullSecrets),
  ]);
}
