import { pullSecretMistakes, registryMistakes } from "../images/image";
import {
  countMistakes,
  type Mistake,
  nameMistakes,
  namespaceName,
  objectName,
  plainMistakes,
  refuse,
} from "../validation/inputErrors";
import { given, later, type Now, now } from "../validation/inputs";
import type { MeshPrometheusArgs } from "./args";

/**
 * Checks the arguments of a MeshPrometheus as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all mistakes at once.
 */
export function checkMeshPrometheus(name: string, all: MeshPrometheusArgs): void {
  const args = given(all);
  refuse(`MeshPrometheus ${JSON.stringify(name)}`, [
    ...nameMistakes("namespace", now(args.namespace), namespaceName),
    ...countMistakes("scrapeIntervalSeconds", now(args.scrapeIntervalSeconds), "Use a number of seconds such as 15"),
    ...countMistakes(
      "expectedMeshPods",
      now(args.expectedMeshPods),
      "Give the number of pods with a sidecar, such as 500",
    ),
    ...countMistakes("retentionDays", now(args.retentionDays), "Use a number of days such as 7"),
    ...countMistakes("storageGiB", now(args.storageGiB), "Use a number of GiB such as 20"),
    ...nameMistakes("storageClassName", now(args.storageClassName), objectName),
    ...plainMistakes("grafana", args.grafana),
    ...passwordMistakes(now(args.grafanaPassword), args.grafana === true),
    ...registryMistakes("imageRegistry", now(args.imageRegistry)),
    ...pullSecretMistakes("imagePullSecrets", args.imagePullSecrets),
  ]);
}

function passwordMistakes(password: Now<string | undefined>, grafana: boolean): Mistake[] {
  const path = "grafanaPassword";
  if (password === undefined) return [];
  if (!grafana) {
    const message = "grafanaPassword is for a Grafana, and there is none";
    return [{ path, code: "ASM_ARGUMENT_MISPLACED", message, remedy: "Set grafana: true, or leave the password out" }];
  }
  // Grafana takes an empty one for none, and starts with its own, which everybody knows.
  if (password === later || password !== "") return [];
  const message = "grafanaPassword is empty, and Grafana would start with the password admin";
  return [
    { path, code: "ASM_PASSWORD_EMPTY", message, remedy: "Give a password, or leave it out to let nobody log in" },
  ];
}
