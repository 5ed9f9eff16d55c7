import { entryPath, type InputError, misplacedError, missingErrors } from "../validation/inputErrors";
import { isGiven, type Known, knownValue, UNKNOWN } from "../validation/inputs";
import { type AckClusterArgs, AckClusterSpec } from "./args";

/** Errors of what happens to a cluster over time: maintenance, upgrades, logs, encryption and the state of its addons. */
export function operationsErrors(args: AckClusterArgs): InputError[] {
  return [
    ...windowErrors(args.maintenanceWindow),
    ...upgradeErrors(args),
    ...logErrors(args),
    ...encryptionErrors(args),
    ...addonConfigErrors(args),
    ...standardErrors(args),
  ];
}

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

function windowErrors(window: AckClusterArgs["maintenanceWindow"]): InputError[] {
  const known = knownValue(window);
  if (known === UNKNOWN || !isGiven(known)) return [];
  const on = knownValue(known.enable ?? true);
  const at = (name: string): string => `maintenanceWindow.${name}`;
  const time = knownValue(known.maintenanceTime);
  const duration = knownValue(known.duration);
  return [
    ...(on === true
      ? [
          ...missingErrors(at("maintenanceTime"), time, "Set a time such as 2026-01-05T01:00:00+08:00"),
          ...missingErrors(at("duration"), duration, "Set a length such as 3h"),
        ]
      : []),
    ...textErrors(
      at("maintenanceTime"),
      time,
      isTime,
      "a time with a date and a time zone",
      "2026-01-05T01:00:00+08:00",
    ),
    ...textErrors(at("duration"), duration, (text) => /^([1-9]|1\d|2[0-4])h$/.test(text), "1h to 24h", "3h"),
    ...textErrors(
      at("weeklyPeriod"),
      knownValue(known.weeklyPeriod),
      (text) => text.split(",").every((day) => DAYS.includes(day)),
      "a list of days in English without spaces",
      "Monday,Friday",
    ),
  ];
}

/** RFC 3339, which the provider passes on as it is. */
function isTime(text: string): boolean {
  const format = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
  return format.test(text) && Number.isFinite(Date.parse(text));
}

function textErrors(
  path: string,
  value: Known<string | undefined>,
  isValid: (text: string) => boolean,
  wanted: string,
  example: string,
): InputError[] {
  if (typeof value !== "string" || isValid(value)) return [];
  const message = `${JSON.stringify(value)} is not ${wanted}`;
  return [{ path, code: "ASM_MAINTENANCE_INVALID", message, remedy: `Write it as in ${JSON.stringify(example)}` }];
}

function upgradeErrors({ operationPolicy, maintenanceWindow, kubernetesVersion }: AckClusterArgs): InputError[] {
  const policy = knownValue(operationPolicy);
  const upgrade = policy === UNKNOWN ? UNKNOWN : knownValue(policy?.clusterAutoUpgrade);
  if (upgrade === UNKNOWN || !isGiven(upgrade) || knownValue(upgrade.enabled) !== true) return [];
  const path = "operationPolicy.clusterAutoUpgrade";
  const window = knownValue(maintenanceWindow);
  const off = window !== UNKNOWN && (!isGiven(window) || knownValue(window.enable) === false);
  return [
    ...missingErrors(`${path}.channel`, knownValue(upgrade.channel), "Set patch, stable or rapid"),
    ...(off ? [misplacedError(path, "there is no maintenanceWindow", "Set maintenanceWindow, or remove it")] : []),
    ...(isGiven(kubernetesVersion)
      ? [misplacedError("kubernetesVersion", "clusterAutoUpgrade chooses the version", "Remove one of the two")]
      : []),
  ];
}

function logErrors({ controlPlaneLogs, controlPlaneLogTtl, controlPlaneLogProject }: AckClusterArgs): InputError[] {
  const given = Object.entries({ controlPlaneLogTtl, controlPlaneLogProject }).filter(([, value]) => isGiven(value));
  const ttl = knownValue(controlPlaneLogTtl);
  return [
    ...(isGiven(controlPlaneLogs)
      ? []
      : given.map(([name]) => misplacedError(name, "controlPlaneLogs is not set", `Set it, or remove ${name}`))),
    ...(typeof ttl !== "string" || /^[1-9]\d{0,3}$/.test(ttl) ? [] : [daysError(ttl)]),
  ];
}

function daysError(ttl: string): InputError {
  const message = `${JSON.stringify(ttl)} is not a number of days`;
  return { path: "controlPlaneLogTtl", code: "ASM_COUNT_INVALID", message, remedy: 'Write it as text, such as "30"' };
}

function encryptionErrors({ encryptionProviderKey, disableEncryption }: AckClusterArgs): InputError[] {
  const disabled = knownValue(disableEncryption);
  if (disabled === true && isGiven(encryptionProviderKey)) {
    return [misplacedError("encryptionProviderKey", "disableEncryption is true", "Remove one of the two")];
  }
  return disabled === false && !isGiven(encryptionProviderKey)
    ? missingErrors("encryptionProviderKey", undefined, "Set the id of the KMS key, or remove disableEncryption")
    : [];
}

function addonConfigErrors({ managedAddons = {} }: AckClusterArgs): InputError[] {
  return Object.entries(managedAddons).flatMap(([name, { config }]): InputError[] => {
    const text = knownValue(config);
    if (typeof text !== "string" || isJsonObject(text)) return [];
    const message = `The configuration of ${name} is not a JSON object`;
    return [{ path: `${entryPath("managedAddons", name)}.config`, code: "ASM_ADDON_CONFIG", message }];
  });
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Components of the control plane, which only a Pro cluster lets one configure. */
const CONTROL_PLANE = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "cloud-controller-manager"];

/** What a cluster with the spec Standard does not have. */
function standardErrors({ clusterSpec, ...args }: AckClusterArgs): InputError[] {
  if (knownValue(clusterSpec) !== AckClusterSpec.Standard) return [];
  const managed = Object.entries(args.nodePools ?? {}).filter(([, { management }]) => isGiven(management));
  const configured = Object.keys(args.managedAddons ?? {}).filter((name) => CONTROL_PLANE.includes(name));
  const paths = [
    ...managed.map(([name]) => `${entryPath("nodePools", name)}.management`),
    ...configured.map((name) => entryPath("managedAddons", name)),
    ...(isGiven(args.encryptionProviderKey) ? ["encryptionProviderKey"] : []),
  ];
  return paths.map((path) =>
    misplacedError(path, "clusterSpec is Standard", "Set clusterSpec to ProSmall, or remove it"),
  );
}
