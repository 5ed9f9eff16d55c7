import { setTimeout as pause } from "node:timers/promises";
import { counted, ProblemError, problem, record, recordsIn } from "@asm-autoscaler/hpa-metrics";
import type { ControlPlane } from "../controlPlane.ts";
import { WORKLOAD } from "./program.ts";

/** The adapter's status page. */
export interface StatusPage {
  readonly url: string;
  /**
   * Waits until the page shows this number of pods and a reading that agrees with it and with the offered load, and returns
   * its explanation of the size of the demo's HPA. While pods are added and removed, a rate counts some of them for only a
   * part of its window. The status of the HPA has the new number one sync later than its Deployment.
   *
   * @param offered Requests per second.
   * @throws ProblemError ASM_LOOP_LATE after the number of seconds.
   */
  settledSentence(offered: number, pods: number, seconds: number): Promise<string>;
}

/** Reasons of a size that is not about to change. */
const SETTLED = ["settled", "within-tolerance", "at-minimum"];
/** How far a settled reading is from the offered load, in requests per second. */
const NEAR = 2;
/** The page has no events, so it is read again after this time. */
const READ_AGAIN_MS = 500;

/**
 * Opens the status page of the adapter's first pod. The page is on that pod's loopback interface. In a real cluster you
 * reach it with `kubectl port-forward`. Here it is one of this machine's addresses.
 */
export async function statusPageOf(controlPlane: ControlPlane): Promise<StatusPage> {
  const address = await controlPlane.kubectl([
    ...["-n", "kube-system", "get", "pods", "-l", "app.kubernetes.io/name=asm-metrics-adapter"],
    "-o=jsonpath={.items[0].status.podIP}",
  ]);
  const url = `http://${address}:8090`;
  return {
    url,
    async settledSentence(offered, pods, seconds) {
      const until = Date.now() + seconds * 1000;
      for (;;) {
        const status = record(await read(`${url}/api/status/${WORKLOAD.namespace}/${WORKLOAD.workload}`));
        const sentence = String(status["sentence"] ?? "no explanation");
        if (isSettled(status, offered, pods)) return sentence;
        if (Date.now() > until)
          throw new ProblemError(
            problem(
              "ASM_LOOP_LATE",
              `a reading of ${offered} per second for ${counted(pods, "pod")} did not come within ${seconds} s: ${sentence}`,
            ),
          );
        await pause(READ_AGAIN_MS);
      }
    },
  };
}

async function read(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  return response.json();
}

function isSettled({ reason, replicas, metrics }: Record<string, unknown>, offered: number, pods: number): boolean {
  const [metric] = recordsIn(metrics);
  const { value } = record(metric?.["reading"]);
  if (record(replicas)["current"] !== pods) return false;
  return SETTLED.includes(String(reason)) && typeof value === "number" && Math.abs(value - offered) <= NEAR;
}
