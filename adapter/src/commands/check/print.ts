import { counted, type HasOwnDialect } from "@asm-autoscaler/hpa-metrics";
import { commented } from "./comment.ts";
import { trafficAutoscaler } from "./program.ts";
import { writtenFaults } from "./refusedByApiServer.ts";
import type { Finding, Report } from "./report.ts";
import { yamlText } from "./yamlText.ts";

/** What is printed, and whether it leaves out something of an object. */
export interface Printed {
  readonly text: string;
  readonly leavesOut: boolean;
}

/** Differences that apply to every metric and are not repeated for each object, by what is compared. */
const ALWAYS: Readonly<Record<string, string>> = {
  HPAs: `For every metric, compared with kube-metrics-adapter (docs/reference/differences.md):
  - without a sample, with NaN or when Prometheus is down the last reading is served for --metrics-ttl (30 s) or twice
    the interval, if longer, then the HPA keeps its size; there the old value is served for up to 25 minutes
  - readings are rounded to a thousandth, not cut off (pv-12, pv-13, pv-14); negative and infinite ones are errors
`,
  ScaledObjects: `For every metric, compared with KEDA:
  - when Prometheus is down the last reading is served for --metrics-ttl (30 s) or twice the interval, if longer, then
    the HPA keeps its size or on-error applies; there each failure counts, and the fallback applies after
    failureThreshold of them
  - negative readings are errors; there they count as 0
`,
  Rules: `For every metric, compared with prometheus-adapter:
  - without a sample, with NaN or when Prometheus is down the last reading is served for --metrics-ttl (30 s) or twice
    the interval, if longer, then the HPA keeps its size; there the HPA keeps its size at once, and NaN is served as 0
    for Pods and Object metrics, and as a very small number for external metrics
`,
};

/**
 * Formats the reports as YAML. The findings are comments, so that kubectl can read the output.
 */
export function asText(reports: readonly Report[]): Printed {
  const differing = reports.filter(({ findings }) => findings.some(({ differs }) => differs)).length;
  const parts = reports.filter(({ findings, manifest }) => findings.length > 0 || manifest).map(part);
  const compared = new Map(
    reports.flatMap((report) => (report.compared ? [[report.compared.what, report.compared.with]] : [])),
  );
  const sentence = [...compared].map(([what, other]) => `${what} are compared with ${other}`).join(", ");
  const counts = `${counted(reports.length, "object")} read, ${differing} ${differing === 1 ? "behaves" : "behave"} differently here`;
  const always = [...compared.keys()].map((what) => ALWAYS[what] ?? "").join("");
  const head = `${counts}${sentence === "" ? "" : `; ${sentence}`}.\n${always}`;
  return { text: [commented(head), ...parts].join("\n"), leavesOut: false };
}

function part({ subject, findings, manifest }: Report): string {
  const said = commented([subject, ...findings.map(sentence)].join("\n"));
  return manifest ? `---\n${said}${yamlText(manifest)}` : `---\n${said}`;
}

function sentence({ id, differs, key, message, reference, here }: Finding): string {
  return [
    `  ${differs ? "differs" : "same"} [${id}]${key === undefined ? "" : ` ${key}`}`,
    ...message.split("\n").map((line) => `    ${line}`),
    `    there: ${reference}`,
    `    here:  ${here}`,
  ].join("\n");
}

/** Formats the reports as one JSON array. */
export function asJson(reports: readonly Report[]): Printed {
  const shown = reports.map(({ subject, findings, manifest }) => ({
    subject,
    findings,
    ...(manifest ? { manifest } : {}),
  }));
  return { text: `${JSON.stringify(shown, null, 2)}\n`, leavesOut: false };
}

/** Formats a Pulumi program with a `TrafficAutoscaler` for each object with a metric. The findings are comments. */
export function asProgram(reports: readonly Report[], hasOwnDialect?: HasOwnDialect): Printed {
  const parts = reports.map((report) => {
    const said = commented([report.subject, ...report.findings.map(sentence)].join("\n"), "//");
    const { text, leavesOut } = programOf(report, hasOwnDialect);
    return { text: said + text, leavesOut };
  });
  return {
    text: [
      'import { TrafficAutoscaler } from "@asm-autoscaler/asm-autoscaler/autoscaler";\n',
      ...parts.map(({ text }) => text),
    ].join("\n"),
    leavesOut: parts.some(({ leavesOut }) => leavesOut),
  };
}

function programOf({ whole, schedules }: Report, hasOwnDialect?: HasOwnDialect): Printed {
  if (!whole) return { text: "// No program is printed for it.\n", leavesOut: false };
  const [fault] = writtenFaults(whole).filter((each) => !each.startsWith("ASM_"));
  if (fault !== undefined) return { text: commented(`Left out, because ${fault}`, "//"), leavesOut: true };
  const none = { text: "// It has no metric that a TrafficAutoscaler could scale on.\n", leavesOut: true };
  return trafficAutoscaler(whole, schedules, hasOwnDialect) ?? none;
}
