import { problem } from "@asm-autoscaler/hpa-metrics";
import { type Log, logProblem } from "../kubernetes/log.ts";
import type { ServerListener } from "./server.ts";

/** Logs what the clients report about their servers, as problems. */
export function loggingListener(log: Log): Required<ServerListener> {
  return {
    onCredentialTrouble(sentence) {
      const message = `${sentence}; the last valid credentials are used`;
      logProblem(log, problem("ASM_HTTP_CONFIG", message, { severity: "warning" }));
    },
    onSkew: (sentence) => logProblem(log, problem("ASM_CLOCK_SKEW", sentence)),
    onRemark: (sentence) => logProblem(log, problem("ASM_QUERY_REMARK", sentence)),
  };
}
