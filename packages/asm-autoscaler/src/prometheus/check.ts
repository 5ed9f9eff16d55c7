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
import { given, type Known, knownValue, UNKNOWN } from "../validation/inputs";
import type { MeshPrometheusArgs } from "./args";

/**
 * Checks the arguments of a MeshPrometheus as far as they are known.
 *
 * @throws pulumi.InputPropertiesError with all mistakes at once.
 */
export function checkMeshPrometheus(name: string, all: MeshPrometheusArgs): void {
  const args = given(all);
  refuse(`MeshPrometheus ${JSON.stringify(name)}`, [
    ...nameMistakes("namespace", knownValue(args.namespace), namespaceName),
    ...countMistakes(
      "scrapeIntervalSeconds",
      knownValue(args.scrapeIntervalSeconds),
      "Use a number of seconds such as 15",
    ),
    ...countMistakes(
      "expectedMeshPods",
      knownValue(args.expectedMeshPods),
      "Set the number of pods with a sidecar, such as 500",
    ),
    ...countMistakes("retentionDays", knownValue(args.retentionDays), "Use a number of days such as 7"),
    ...countMistakes("storageGiB", knownValue(args.storageGiB), "Use a number of GiB such as 20"),
    ...nameMistakes("storageClassName", knownValue(args.storageClassName), objectName),
    ...plainMistakes("grafana", args.grafana),
    ...passwordMistakes(knownValue(args.grafanaPassword), args.grafana === true),
    ...registryMistakes("imageRegistry", knownValue(args.imageRegistry)),
    ...pullSecretMistakes("imagePullSecrets", args.imagePullSecrets),
  ]);
}

function passwordMistakes(password: Known<string | undefined>, grafana: boolean): Mistake[] {
  const path = "grafanaPassword";
  if (password === undefined) return [];
  if (!grafana) {
    const message = "grafanaPassword has no effect without grafana";
    return [
      { path, code: "ASM_ARGUMENT_MISPLACED", message, remedy: "Set grafana to true, or remove grafanaPassword" },
    ];
  }
  // Grafana takes an empty one for none, and starts with its own, which everybody knows.
  if (password === UNKNOWN || password !== "") return [];
  const message = "grafanaPassword is empty, and Grafana would start with the password admin";
  return [
    {
      path,
      code: "ASM_PASSWORD_EMPTY",
      message,
      remedy: "Set a password, or remove the argument so that nobody can log in",
    },
  ];
}
