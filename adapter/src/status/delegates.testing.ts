import { problem } from "@asm-autoscaler/hpa-metrics";
import type { DelegateState } from "../delegates/delegate.ts";

/** A delegate that does not answer, and whose list can no longer be read. @param now Unix ms. */
export function deadDelegate(now: number): DelegateState {
  const name = "keda";
  return {
    ...{ name, service: "keda/keda-operator-metrics-apiserver:443", circuit: "open", isVerified: true },
    ...{ metrics: 3, listReadAt: now - 90_000, reads: new Map([["ASM_DELEGATE_UNREACHABLE", 5]]), seconds: 25 },
    problems: [problem("ASM_DELEGATE_DISCOVERY", `delegate "${name}": its metrics cannot be listed: HTTP 503`)],
    lastProblem: {
      problem: problem("ASM_DELEGATE_UNREACHABLE", `the delegate "${name}" did not answer within 5 s`),
      at: now - 10_000,
    },
  };
}
