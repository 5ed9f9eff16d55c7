import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import type { InputError } from "../validation/inputErrors";
import { missingErrors } from "../validation/inputErrors";
import { isGiven, knownValue, UNKNOWN } from "../validation/inputs";
import type { MetricsAdapterArgs } from "./args";

/** Variables that the component sets. Flags contain some of them. */
const OWN = /^(POD_IP|POD_NAMESPACE|PROMETHEUS_SERVER(_\d+)?|ADAPTER_SHA256|NODE_COMPILE_CACHE)$/;

/** IsEnvVarName in k8s.io/apimachinery/pkg/util/validation, as all supported versions of Kubernetes accept it. */
const NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;

/** All errors of the known variables in extraEnv, each with its path. */
export function extraEnvErrors(extraEnv: MetricsAdapterArgs["extraEnv"]): InputError[] {
  const known = knownValue(extraEnv);
  if (!Array.isArray(known)) return [];
  const names = known.map((variable): unknown => {
    const value = knownValue(variable);
    return value === UNKNOWN ? UNKNOWN : knownValue(value.name);
  });
  return names.flatMap((name, index) => {
    const path = `extraEnv[${index}].name`;
    if (!isGiven(name)) return missingErrors(path, name, "Set the name of the variable, such as HTTPS_PROXY");
    if (typeof name !== "string") return [];
    if (OWN.test(name)) {
      const message = `"${name}" is not free: the component sets this variable`;
      return [{ path, code: "ASM_KEY_RESERVED", message, remedy: "Remove it" }];
    }
    if (!NAME.test(name)) {
      const message = `${JSON.stringify(name)} is not the name of an environment variable`;
      return [{ path, code: "ASM_NAME_INVALID", message, remedy: "Use letters, digits, '_', '-' and '.'" }];
    }
    if (names.indexOf(name) === index) return [];
    const message = `The variable ${name} is set twice, first by extraEnv[${names.indexOf(name)}]`;
    return [{ path, code: "ASM_ARGUMENT_MISPLACED", message, remedy: "Set each variable once" }];
  });
}

/** The component's variables and those of the user, in a plain list if it can be one, so that a preview shows it. */
export function withExtraEnv(
  own: k8s.core.v1.EnvVar[],
  extraEnv: MetricsAdapterArgs["extraEnv"],
): pulumi.Input<pulumi.Input<k8s.core.v1.EnvVar>[]> {
  if (!isGiven(extraEnv)) return own;
  const known = knownValue(extraEnv);
  if (known !== UNKNOWN) return [...own, ...known];
  return pulumi.output(extraEnv).apply((more) => [...own, ...more]);
}
