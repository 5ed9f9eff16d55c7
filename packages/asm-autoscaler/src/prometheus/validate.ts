import type * as pulumi from "@pulumi/pulumi";
import { pullSecretErrors, registryErrors } from "../images/image";
import { countErrors, type InputError, nameErrors, namespaceName, objectName } from "../validation/inputErrors";
import { type Known, knownValue, UNKNOWN } from "../validation/inputs";
import { resourceErrors } from "../validation/quantities";
import { validateArgs } from "../validation/validateArgs";
import type { MeshPrometheusArgs } from "./args";

/** Validates the arguments of a MeshPrometheus as far as they are known. @throws pulumi.InputPropertiesError */
export function validateMeshPrometheus<T extends MeshPrometheusArgs>(name: string, args: T): T {
  return validateArgs("MeshPrometheus", name, args, meshPrometheusErrors);
}

function meshPrometheusErrors(args: MeshPrometheusArgs): InputError[] {
  return [
    ...nameErrors("namespace", knownValue(args.namespace), namespaceName),
    ...countErrors(
      "scrapeIntervalSeconds",
      knownValue(args.scrapeIntervalSeconds),
      "Use a number of seconds such as 15",
    ),
    ...countErrors(
      "expectedMeshPods",
      knownValue(args.expectedMeshPods),
      "Set the number of pods with a sidecar, such as 500",
    ),
    ...countErrors("retentionDays", knownValue(args.retentionDays), "Use a number of days such as 7"),
    ...countErrors("storageGiB", knownValue(args.storageGiB), "Use a number of GiB such as 20"),
    ...resourceErrors("resources", args.resources),
    ...nameErrors("storageClassName", knownValue(args.storageClassName), objectName),
    ...passwordErrors(knownValue(args.grafanaPassword), Boolean(args.grafana)),
    ...allowedErrors(args.allowedNamespaces),
    ...registryErrors("imageRegistry", knownValue(args.imageRegistry)),
    ...pullSecretErrors("imagePullSecrets", args.imagePullSecrets),
  ];
}

function allowedErrors(namespaces: MeshPrometheusArgs["allowedNamespaces"]): InputError[] {
  const known: Known<pulumi.Input<string>[] | undefined> = knownValue(namespaces);
  if (known === UNKNOWN || known === undefined) return [];
  return known.flatMap((name, index) => nameErrors(`allowedNamespaces[${index}]`, knownValue(name), namespaceName));
}

function passwordErrors(password: Known<string | undefined>, grafana: boolean): InputError[] {
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
    },
  ];
}
