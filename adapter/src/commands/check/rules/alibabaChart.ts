import { record } from "@asm-autoscaler/hpa-metrics";
import { type Finding, unknownFinding } from "../report.ts";
import { maxAge } from "./chart.ts";

const OWNER = "ack-alibaba-cloud-metrics-adapter";

/** Values beside the rules that configure the adapter itself and have no effect on metrics. */
const OF_ADAPTER = ["enabled", "logLevel", "metricsRelistInterval"];

/**
 * Findings about the values of Alibaba Cloud's adapter that are beside its rules. The header and the path of a URL of ARMS
 * are credentials, so they are not repeated.
 * Source: https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/horizontal-pod-scaling-based-on-prometheus-service-metrics-1
 */
export function alibabaFindings(values: Record<string, unknown>, prefix: string): Finding[] {
  const adapter = record(values["adapter"]);
  const settings = Object.keys(values).filter((key) => OF_ADAPTER.includes(key));
  const unknown = [
    ...Object.keys(values).filter(
      (key) => ![...OF_ADAPTER, "url", "prometheusHeader", "metricsMaxAge", "adapter"].includes(key),
    ),
    ...Object.keys(adapter).flatMap((key) => (key === "rules" ? [] : [`adapter.${key}`])),
    ...Object.entries(record(adapter["rules"])).flatMap(([key, value]) =>
      ["custom", "external", "resource"].includes(key) || (key === "default" && value === false)
        ? []
        : [`adapter.rules.${key}`],
    ),
  ];
  return [
    {
      id: OWNER,
      differs: false,
      key: `${prefix}url`,
      message: `${OWNER} asks the server ${hostOf(values["url"])}`,
      reference: "asks this server",
      here: "asks the server of --prometheus-server: give it the same one",
    },
    ...(values["prometheusHeader"] === undefined ? [] : [headerFinding(`${prefix}prometheusHeader`)]),
    ...(values["metricsMaxAge"] ? [maxAge(OWNER, values["metricsMaxAge"], `${prefix}metricsMaxAge`)] : []),
    ...(settings.length === 0 ? [] : [settingsFinding(settings.map((key) => prefix + key))]),
    ...unknown.map((key) =>
      unknownFinding(
        `${prefix}${key} is not a value of ${OWNER} that check knows`,
        "you decide: check what it does",
        prefix + key,
      ),
    ),
  ];
}

function hostOf(url: unknown): string {
  return URL.parse(String(url))?.host ?? "of this URL";
}

function headerFinding(key: string): Finding {
  return {
    id: OWNER,
    differs: false,
    key,
    message: `${OWNER} sends a header with credentials`,
    reference: "sends it with each query",
    here: "give the same value as authorization of the server, or in a Secret: docs/how-to/existing-prometheus.md",
  };
}

function settingsFinding(keys: readonly string[]): Finding {
  return {
    id: OWNER,
    differs: false,
    message: `${keys.join(", ")} configure ${OWNER} itself`,
    reference: "uses them",
    here: "not needed",
  };
}
