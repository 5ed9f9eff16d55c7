import { jest } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { TrafficAutoscaler, type TrafficAutoscalerArgs } from "../src/autoscaler";
import { only, type RecordedStack, recordStack } from "./recordStack";

export const HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";

/** Prefix of the annotations in which the guide keeps queries. */
export const KEY = "metric-config.external.prometheus-query.prometheus/";

/** Arguments that suffice. */
export const podinfo = {
  namespace: "test",
  target: "podinfo",
  maxReplicas: 10,
  metrics: [{ requestsPerSecond: 10 }],
} satisfies TrafficAutoscalerArgs;

/** A HorizontalPodAutoscaler as it is sent. */
export interface Hpa {
  metadata: { name: string; namespace: string; annotations: Record<string, string> };
  spec: { scaleTargetRef: object; behavior?: object; metrics: HpaMetric[] };
}

interface HpaMetric {
  type: string;
  external?: { metric: { selector: { matchLabels: Record<string, string> } }; target: Record<string, string> };
  resource?: object;
}

/** What a TrafficAutoscaler called `web` registers. */
export function recordAutoscaler(args: TrafficAutoscalerArgs, preview = false): Promise<RecordedStack> {
  return recordStack(() => void new TrafficAutoscaler("web", args), { preview });
}

/** The one HorizontalPodAutoscaler of a stack. */
export function hpaIn(stack: RecordedStack): Hpa {
  const inputs: Hpa = JSON.parse(JSON.stringify(only(stack, HPA).inputs));
  return inputs;
}

/** The HorizontalPodAutoscaler of a TrafficAutoscaler. */
export async function hpaOf(args: TrafficAutoscalerArgs, preview = false): Promise<Hpa> {
  return hpaIn(await recordAutoscaler(args, preview));
}

/** The warnings that a program shows: path and code of each. */
export async function warningsOf(program: () => void, preview = true): Promise<string[]> {
  const shown = jest.spyOn(pulumi.log, "warn").mockResolvedValue(undefined);
  await recordStack(program, { preview });
  const lines = shown.mock.calls.map(([line]) => /^(\S+: ASM_\w+)/.exec(line)?.[1] ?? line);
  shown.mockRestore();
  return lines;
}
