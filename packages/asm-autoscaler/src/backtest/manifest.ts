import { readFileSync } from "node:fs";
import { record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import { parseAllDocuments } from "yaml";
import { BacktestError } from "./backtestError";

/** An HPA as it was written, still unparsed but for its name. */
export interface Manifest {
  /** `namespace/name`. */
  readonly id: string;
  readonly object: Record<string, unknown>;
  /** Whether it is from a preview, so that a Pulumi program is its source. */
  readonly isPreview?: boolean;
}

/** What a file holds: HPAs as they shall be, and as they are now where the file says so. */
export interface Manifests {
  readonly next: readonly Manifest[];
  /** Of a preview, those that it changes. */
  readonly before: readonly Manifest[];
}

const HPA_TYPE = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";

/**
 * Reads the HPAs of a file: YAML or JSON as kubectl prints them, or the output of `pulumi preview --json`. `-` is standard
 * input.
 * https://www.pulumi.com/docs/iac/cli/commands/pulumi_preview/
 *
 * @throws BacktestError if the file cannot be read or has no HPA.
 */
export function readManifests(file: string): Manifests {
  const objects = documents(file);
  const steps = objects.flatMap(({ steps: own }) => recordsIn(own));
  const inputs = (state: "newState" | "oldState") =>
    steps.flatMap((step) => {
      const { type, inputs: own } = record(step[state]);
      return type === HPA_TYPE ? manifestsIn(record(own)).map((manifest) => ({ ...manifest, isPreview: true })) : [];
    });
  const next = [...objects.flatMap(manifestsIn), ...inputs("newState")];
  if (next.length > 0) return { next, before: inputs("oldState") };
  throw new BacktestError(
    "ASM_BACKTEST_INPUT",
    `${file} has no HorizontalPodAutoscaler of autoscaling/v2`,
    "Use the output of `kubectl get hpa -o yaml` or `pulumi preview --json`",
  );
}

function documents(file: string): Record<string, unknown>[] {
  try {
    const text = readFileSync(file === "-" ? 0 : file, "utf8");
    // All HPAs of a large cluster are JSON, which has a much faster parser.
    if (text.startsWith("{")) return [record(JSON.parse(text))];
    const parsed = parseAllDocuments(text);
    const [problem] = parsed.flatMap((document) => ("errors" in document ? document.errors : []));
    if (problem) throw problem;
    return [...parsed].map((document) => record("toJS" in document ? document.toJS() : undefined));
  } catch (error) {
    throw new BacktestError(
      "ASM_BACKTEST_INPUT",
      `${file} cannot be read: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
      "Use a YAML or JSON file",
    );
  }
}

function manifestsIn(object: Record<string, unknown>): Manifest[] {
  const { kind, items, metadata } = object;
  if (Array.isArray(items)) return recordsIn(items).flatMap(manifestsIn);
  if (kind !== "HorizontalPodAutoscaler") return [];
  const { namespace = "default", name } = record(metadata);
  return [{ id: `${String(namespace)}/${String(name)}`, object }];
}
