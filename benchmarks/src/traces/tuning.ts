import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Anticipate, type BehaviorSpec, behaviorOf, type ScheduledReplicas } from "@asm-autoscaler/hpa-metrics";
import { type Choice, MAX_REPLICAS, MIN_REPLICAS } from "./settings.ts";
import { CAPACITY, type ScaledTrace, TARGET, type Trace } from "./trace.ts";

/** What `asm-autoscaler tune` chose. */
export interface TunedChoice {
  readonly choice: Choice;
  /** The setting in words. */
  readonly text: string;
}

/** What is read of its output. */
interface TuneOutput {
  readonly rows: readonly { readonly text: string; readonly isChosen: boolean; readonly candidate: Candidate }[];
  readonly manifest: { readonly spec: { readonly behavior?: BehaviorSpec } };
}

interface Candidate {
  readonly target: number;
  readonly minReplicas: number;
  readonly reaction?: Choice["reaction"];
  readonly anticipate?: Anticipate;
  readonly schedule?: readonly ScheduledReplicas[];
}

const COMMAND = new URL("../../../packages/asm-autoscaler/bin/asm-autoscaler.js", import.meta.url).pathname;
const QUERY = 'sum(rate(istio_requests_total{destination_workload="app",destination_workload_namespace="test"}[1m]))';
const HPA = {
  ...{ apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
  metadata: {
    ...{ name: "app", namespace: "test" },
    annotations: { "metric-config.external.prometheus-query.prometheus/rps": QUERY },
  },
  spec: {
    ...{ minReplicas: MIN_REPLICAS, maxReplicas: MAX_REPLICAS },
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
    metrics: [
      {
        type: "External",
        external: {
          metric: { name: "prometheus-query", selector: { matchLabels: { "query-name": "rps" } } },
          target: { type: "AverageValue", averageValue: String(TARGET) },
        },
      },
    ],
  },
};

/**
 * Lets `asm-autoscaler tune` choose a setting on the part of a trace before `until`, with its own limit: one of 10,000
 * requests of a mean day.
 *
 * @param until Second of the trace.
 */
export function tunedChoice(
  trace: Trace,
  { factor }: ScaledTrace,
  until: number,
  readyAfterSeconds: number,
): TunedChoice {
  const folder = mkdtempSync(join(tmpdir(), "tune-"));
  try {
    const [hpa, traffic] = [join(folder, "hpa.json"), join(folder, `${trace.name}.csv`)];
    writeFileSync(hpa, JSON.stringify(HPA));
    writeFileSync(traffic, csvOf(trace, factor, until));
    const flags = [`--traffic=${traffic}`, `--capacity=${CAPACITY}`, `--ready-after=${readyAfterSeconds}s`];
    const { rows, manifest } = JSON.parse(run(["tune", ...flags, "--output=json", hpa])) as TuneOutput;
    const chosen = rows.find(({ isChosen }) => isChosen);
    if (!chosen) throw new Error("tune chose no setting");
    const { target, minReplicas, reaction = "Steady", anticipate, schedule } = chosen.candidate;
    const behavior = behaviorOf(manifest.spec.behavior);
    return { text: chosen.text, choice: { target, minReplicas, reaction, behavior, anticipate, schedule } };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function csvOf({ points, startsAt, stepSeconds }: Trace, factor: number, until: number): string {
  const known = points.subarray(0, Math.floor(until / stepSeconds));
  return `${[...known].map((point, index) => `${startsAt + index * stepSeconds},${point * factor}`).join("\n")}\n`;
}

/** Exit code 1 says that another setting is better than that of today. */
function run(args: readonly string[]): string {
  try {
    return execFileSync(process.execPath, [COMMAND, ...args], { encoding: "utf8", maxBuffer: 2 ** 26 });
  } catch (error) {
    const { status, stdout } = error as { status?: number; stdout?: string };
    if (status !== 1 || stdout === undefined) throw error;
    return stdout;
  }
}
