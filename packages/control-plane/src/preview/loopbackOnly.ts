/**
 * Rejects each connection to another machine. `node --import` loads it into a program, so that a preview proves that
 * the program uses no network. Connections to the engine, on loopback, still work.
 */
import { Socket } from "node:net";
import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";

const connect = Socket.prototype.connect;

Socket.prototype.connect = function (this: Socket, ...target: unknown[]): Socket {
  const place = hostOf(target);
  if (place !== undefined && !/^(127\.|::1$|localhost$)/.test(place)) {
    throw new ProblemError(problem("ASM_PREVIEW_NETWORK", `The program would connect to ${place} during a preview`));
  }
  return Reflect.apply(connect, this, target);
};

/** The host of a connect call. Undefined for the path of a local socket. */
function hostOf(target: unknown[]): string | undefined {
  // Node's own code passes the normalized arguments as one array.
  const [first, second] = Array.isArray(target[0]) ? target[0] : target;
  if (typeof first === "object" && first !== null) {
    if ("path" in first && typeof first.path === "string") return undefined;
    return "host" in first && typeof first.host === "string" ? first.host : "localhost";
  }
  if (typeof first === "string" && Number.isNaN(Number(first))) return undefined;
  return typeof second === "string" ? second : "localhost";
}
