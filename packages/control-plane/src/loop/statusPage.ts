import type { ControlPlane } from "../controlPlane.ts";
import { WORKLOAD } from "./program.ts";

/** The adapter's status page. */
export interface StatusPage {
  readonly url: string;
  /** The page's explanation of the size of the demo's HPA. */
  sentence(): Promise<string>;
}

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
    async sentence() {
      const response = await fetch(`${url}/api/status/${WORKLOAD.namespace}/${WORKLOAD.workload}`, {
        signal: AbortSignal.timeout(5_000),
      });
      const status: unknown = await response.json();
      const known = typeof status === "object" && status !== null && "sentence" in status;
      return known ? String(status.sentence) : `the status page answered ${response.status}`;
    },
  };
}
