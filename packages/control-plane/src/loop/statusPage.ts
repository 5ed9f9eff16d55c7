import type { ControlPlane } from "../controlPlane.ts";
import { WORKLOAD } from "./program.ts";

/** The adapter's status page. */
export interface StatusPage {
  readonly url: string;
  /** What the page says of the demo's HPA: why it has the size it has. */
  sentence(): Promise<string>;
}

/**
 * The page of the adapter's first pod. It is on that pod's own loopback, which in a real cluster is reached by
 * `kubectl port-forward` and here is one of this machine's addresses.
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
