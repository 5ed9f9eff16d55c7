import { parseQuantity, record } from "@asm-autoscaler/hpa-metrics";
import type { Finding } from "../report.ts";
import { activation } from "./activation.ts";
import { lost } from "./values.ts";

/**
 * Translates a `cpu` or `memory` trigger to a metric of the HPA. Returns undefined when KEDA would refuse the trigger.
 * Source: KEDA 2.20, pkg/scalers/cpu_memory_scaler.go
 */
export function resourceTrigger(
  trigger: Record<string, unknown>,
  name: "cpu" | "memory",
  where: string,
  isZero: boolean,
  findings: Finding[],
): object | undefined {
  const { value, containerName: container, type, activationValue } = record(trigger["metadata"]);
  const { metricType } = trigger;
  const leaveOut = (field: string, message: string): undefined => {
    findings.push(lost(`${where}.${field}`, message, "is left out", "refuses the trigger"));
  };
  if (metricType !== undefined && type !== undefined && type !== "") {
    return leaveOut("metadata.type", "both metricType and metadata.type are set");
  }
  const target = targetOf(String(metricType ?? type ?? ""), String(value ?? "").trim());
  if (target === undefined) {
    const given = metricType ?? type;
    return leaveOut(
      "metricType",
      given === undefined || given === ""
        ? "metricType is missing"
        : `the type ${String(given)} is not Utilization or AverageValue`,
    );
  }
  if (typeof target === "string") return leaveOut("metadata.value", target);
  if (activationValue !== undefined) {
    findings.push(activation(`${where}.metadata.activationValue`, "activationValue", isZero));
  }
  return container === undefined || container === ""
    ? { type: "Resource", resource: { name, target } }
    : { type: "ContainerResource", containerResource: { name, container, target } };
}

/** Returns the target, the reason why the value is not valid, or undefined for an unknown type. */
function targetOf(type: string, value: string): object | string | undefined {
  if (type === "Utilization") {
    const percent = Number(value);
    if (!/^\d+$/.test(value) || percent < 1) return `the value ${value} is not a percentage`;
    return { type, averageUtilization: percent };
  }
  if (type !== "AverageValue") return undefined;
  try {
    if (parseQuantity(value).approximate > 0) return { type, averageValue: value };
  } catch {
    // The message below names the value.
  }
  return `the value ${value} is not a quantity above 0`;
}
