import { stringify } from "yaml";
import { commented } from "./comment.ts";
import { trafficAutoscaler } from "./program.ts";
import type { Finding, Reference, Report } from "./report.ts";

/** Differences that apply to every metric and are not repeated for each HPA. */
const ALWAYS = `For every metric, compared with kube-metrics-adapter (docs/reference/differences.md):
  - without a sample, with NaN or when Prometheus is down the last reading is held for --metrics-ttl (30 s), then the HPA
    keeps its size; there the old value is served for up to 25 minutes
  - readings are rounded to a thousandth, not cut off (pv-12, pv-13, pv-14); negative and infinite ones are errors
`;

/**
 * Formats the reports as YAML. The findings are comments, so that kubectl can read the output.
 */
export function asText(reports: readonly Report[], reference: Reference): string {
  const differing = reports.filter(({ findings }) => findings.some(({ differs }) => differs)).length;
  const parts = reports.filter(({ findings, manifest }) => findings.length > 0 || manifest).map(part);
  const head = `${reports.length} objects read, ${differing} behave differently here; HPAs are compared with ${reference}.\n${ALWAYS}`;
  return [commented(head), ...parts].join("\n");
}

function part({ subject, findings, manifest }: Report): string {
  const said = commented([subject, ...findings.map(sentence)].join("\n"));
  return manifest ? `---\n${said}${stringify(manifest, { lineWidth: 0 })}` : `---\n${said}`;
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
export function asJson(reports: readonly Report[]): string {
  const shown = reports.map(({ subject, findings, manifest }) => ({
    subject,
    findings,
    ...(manifest ? { manifest } : {}),
  }));
  return `${JSON.stringify(shown, null, 2)}\n`;
}

/** Formats a Pulumi program with a `TrafficAutoscaler` for each object with a metric. The findings are comments. */
export function asProgram(reports: readonly Report[]): string {
  const parts = reports.map(({ subject, findings, whole }) => {
    const program =
      (whole && trafficAutoscaler(whole)) ?? "// It has no metric that a TrafficAutoscaler could scale on.\n";
    return `${commented([subject, ...findings.map(sentence)].join("\n"), "//")}${program}`;
  });
  return ['import { TrafficAutoscaler } from "asm-autoscaler/autoscaler";\n', ...parts].join("\n");
}
