import { type Problem, problem } from "@asm-autoscaler/hpa-metrics";
import { apiServiceWords } from "./apiGroups.ts";
import type { GroupData } from "./order.ts";

/** How often an API group was taken over on one order. More than once: somebody gave it back to another Service. */
export interface TakeOvers {
  readonly count: number;
  /** When the last take-over was, in Unix ms. */
  readonly last: number;
  /** Who gave it back before the last take-over, if that is known. */
  readonly revertedBy?: string;
}

/**
 * Minimum time between two take-overs, in ms. It doubles with each one. Argo CD undoes a change after 5 s, so a fixed time
 * would change the API for HPAs all the time. The maximum is short beside the intervals of Flux and Argo CD, so that this
 * adapter has the API most of the time, and costs the other adapter one comparison in that time.
 */
const FIRST_GAP_MS = 5_000;
const LAST_GAP_MS = 300_000;
/** How long the APIService must stay before it is no problem any more, in ms. Flux often works once an hour. */
const QUIET_MS = 2 * 3_600_000;

/** Reads what the order says. Anything that the adapter does not write counts as no take-over. */
export function takeOversOf({ takeOvers, lastTakeOver, revertedBy }: GroupData): TakeOvers {
  const [count, last] = [Number(takeOvers ?? 0), Date.parse(lastTakeOver ?? "")];
  if (!Number.isSafeInteger(count) || count < 0 || Number.isNaN(last)) return { count: 0, last: 0 };
  return { count, last, ...(revertedBy === undefined ? {} : { revertedBy }) };
}

/** The texts that the order gets after one more take-over. @param by who gave the APIService back before it */
export function oneMore({ count }: TakeOvers, now: number, by: string | undefined): GroupData {
  return {
    ...{ takeOvers: String(count + 1), lastTakeOver: new Date(now).toISOString() },
    ...(count === 0 || by === undefined ? {} : { revertedBy: by }),
  };
}

/** How long to wait for the next take-over, in ms. 0 without one before it. */
export function msUntilNext({ count, last }: TakeOvers, now: number): number {
  if (count === 0) return 0;
  const gap = Math.min(FIRST_GAP_MS * 2 ** (count - 1), LAST_GAP_MS);
  // The clock of another replica, or this one's, may have been wrong.
  return Math.min(Math.max(0, last + gap - now), gap);
}

/** Whether somebody has given the APIService back not long ago. */
export function isReverted({ count, last }: TakeOvers, now: number): boolean {
  return count > 1 && now - last < QUIET_MS;
}

/** The problem of APIServices that somebody gives back to another Service. @param owner that Service */
export function reverted(by: string | undefined, owner: string, names: readonly string[]): Problem {
  const message =
    `${by === undefined ? "another program" : `"${by}"`} gives ${apiServiceWords(names)} back to ${owner} after this ` +
    `adapter has taken ${names.length === 1 ? "it" : "them"} over, so that HPAs lose the metrics of this adapter each time`;
  return problem("ASM_TAKE_OVER_REVERTED", message, { remedy: remedyFor(names, by) });
}

/** The problem of a second installation of this adapter, which would otherwise take the APIService from the first one. */
export function rival(other: string, own: string, name: string): Problem {
  const namespace = other.split("/")[0];
  const message =
    `another installation of this adapter, ${other}, has an order to take APIService ${name} over too, ` +
    `so ${own} leaves it alone`;
  const remedy =
    `Delete one of the two ConfigMaps \`asm-metrics-adapter-take-over\`. If the installation in the namespace ` +
    `\`${namespace}\` is gone, run \`asm-metrics-adapter give-back --serving-service=${other}\`.`;
  return problem("ASM_TAKE_OVER_RIVAL", message, { remedy });
}

const PAGE = "docs/how-to/take-over.md";

/** Says how to make a program stop. The names are those that it has in `metadata.managedFields`. */
function remedyFor(names: readonly string[], by = ""): string {
  const all = names.join(" ");
  if (/argocd/i.test(by))
    return `In the Argo CD application of the other adapter, add \`/spec/service\`, \`/spec/caBundle\` and \`/spec/insecureSkipTLSVerify\` of the APIService to \`ignoreDifferences\`, with the sync option \`RespectIgnoreDifferences=true\` (${PAGE}).`;
  if (/kustomize-controller/i.test(by))
    return `In the manifest that Flux reads, annotate the other adapter's APIService with \`kustomize.toolkit.fluxcd.io/ssa: IfNotPresent\` (${PAGE}).`;
  if (/helm/i.test(by))
    return `Run \`kubectl annotate apiservice ${all} helm.sh/resource-policy=keep\`, then remove the APIService from the other adapter's release with a post-renderer (${PAGE}).`;
  return `Find the program that writes \`spec.service\` (\`kubectl get apiservice ${all} -o yaml --show-managed-fields\`) and stop that (${PAGE}).`;
}
