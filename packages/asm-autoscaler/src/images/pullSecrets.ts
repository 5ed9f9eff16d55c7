import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { type Now, now } from "../arguments/later";
import type { Mistake } from "../arguments/mistake";
import { nameMistakes, objectName } from "../arguments/name";

/** Names of Secrets with registry credentials, as an argument. */
type PullSecrets = pulumi.Input<pulumi.Input<string>[]>;

/** The `imagePullSecrets` of a pod; nothing where none are named. */
export function pullSecrets(names: PullSecrets | undefined): Pick<k8s.core.v1.PodSpec, "imagePullSecrets"> {
  if (names === undefined || names === null) return {};
  return { imagePullSecrets: pulumi.output(names).apply((all) => all.map((name) => ({ name }))) };
}

/** Names among them that no Secret can have. */
export function pullSecretMistakes(path: string, names: PullSecrets | undefined): Mistake[] {
  const known: Now<pulumi.Input<string>[] | undefined> = now(names);
  if (!Array.isArray(known)) return [];
  return known.flatMap((name, index) => nameMistakes(`${path}[${index}]`, now(name), objectName));
}
