import { endpointErrors } from "../prometheus/endpoint";
import { type InputError, missingErrors, nameErrors, namespaceName } from "../validation/inputErrors";
import { isGiven, type Known, knownValue, UNKNOWN } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";
import type { ManagedPrometheusArgs } from "./args";

/** Validates the arguments of a ManagedPrometheus as far as they are known. @throws pulumi.InputPropertiesError */
export function validateManagedPrometheus<T extends ManagedPrometheusArgs>(name: string, args: T): T {
  return validateArgs("ManagedPrometheus", name, args, (known: ManagedPrometheusArgs) => [
    ...clusterErrors(known),
    ...sourceErrors(known),
    ...accessErrors(known),
    ...nameErrors("namespace", knownValue(known.namespace), namespaceName),
    ...passwordErrors(known),
  ]);
}

function clusterErrors({ clusterId, installAddon, lookUp }: ManagedPrometheusArgs): InputError[] {
  if (installAddon !== true && lookUp !== true) return [];
  const why = installAddon === true ? "installAddon installs the add-on in" : "lookUp requests the instance of";
  return missingErrors("clusterId", knownValue(clusterId), `Set the id of the ACK cluster that ${why}`);
}

/** Errors of url and lookUp: exactly one must be set. */
function sourceErrors({ url, lookUp, publicUrl }: ManagedPrometheusArgs): InputError[] {
  if (knownValue(lookUp) === UNKNOWN) return [];
  if (lookUp) return isGiven(url) ? [misplaced("url", "lookUp finds the URL itself", "Remove url or lookUp")] : [];
  const missing = missingErrors("url", knownValue(url), "Set the HTTP API URL of the instance, or set lookUp to true");
  if (!isGiven(publicUrl)) return missing;
  const remedy = "Set url to the public URL, and remove publicUrl";
  return [...missing, misplaced("publicUrl", "publicUrl has no effect without lookUp", remedy)];
}

/** Errors of the endpoint, whose properties are separate arguments here. */
function accessErrors({ url, authorization, basicAuth }: ManagedPrometheusArgs): InputError[] {
  const endpoint = {
    url: url ?? "http://found.later",
    ...(isGiven(authorization) ? { authorization } : {}),
    ...(isGiven(basicAuth) ? { basicAuth } : {}),
  };
  return endpointErrors("endpoint", endpoint).map((inputError) => ({
    ...inputError,
    path: inputError.path.replace("endpoint.", ""),
    message: inputError.message.replace("endpoint.", ""),
  }));
}

function passwordErrors({ grafana, grafanaPassword }: ManagedPrometheusArgs): InputError[] {
  const path = "grafanaPassword";
  if (!isGiven(grafanaPassword)) return [];
  if (!grafana)
    return [
      misplaced(
        path,
        "grafanaPassword has no effect without grafana",
        "Set grafana to true, or remove grafanaPassword",
      ),
    ];
  if (isPassword(knownValue(grafanaPassword))) return [];
  // The text is never repeated: it is a secret.
  return [
    {
      path,
      code: "ASM_GRAFANA_PASSWORD",
      message: "ARMS does not accept this password of Grafana",
      remedy: "Use 8 to 30 characters of three kinds: upper case, lower case, digits, one of ()`~!@#$%^&*-_+=",
    },
  ];
}

/** As the API's CreateGrafanaWorkspace says. */
function isPassword(password: Known<string>): boolean {
  if (password === UNKNOWN) return true;
  const kinds = [/[A-Z]/, /[a-z]/, /[0-9]/, /[()`~!@#$%^&*\-_+=]/].filter((kind) => kind.test(password));
  return kinds.length >= 3 && /^[A-Za-z0-9()`~!@#$%^&*\-_+=]{8,30}$/.test(password);
}

function misplaced(path: string, message: string, remedy: string): InputError {
  return { path, code: "ASM_ARGUMENT_MISPLACED", message, remedy };
}
