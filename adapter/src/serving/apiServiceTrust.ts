import { type Problem, problem } from "@asm-autoscaler/hpa-metrics";
import { type Kubernetes, reason } from "../kubernetes/client.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";
import type { ServiceName } from "./apiService.ts";
import { type CaBundleState, settleCaBundle } from "./caBundle.ts";
import type { CaBundleContest } from "./caBundleContest.ts";
import { createTrustMemory } from "./trustMemory.ts";

export interface ApiServiceTrustOptions {
  readonly kubernetes: Kubernetes;
  /** The Service to which the APIServices must refer. */
  readonly service: ServiceName;
  readonly log: Log;
  readonly monotonic: () => number;
}

/** The `caBundle` of one APIService. */
export interface ApiServiceTrust {
  readonly name: string;
  /** Updates the `caBundle`, and logs what is wrong. Never rejects. */
  settle(authorities: readonly string[]): Promise<Settled>;
  /** Whether the APIService led to this adapter when it was read last. False before that. */
  isOurs(): boolean;
  /** Whether an authority has been in `caBundle` for long enough to serve certificates that it signs. */
  isPublished(authorityPem: string): boolean;
}

/** `unknown`: the APIService cannot be read or written. `waitMs` is the time until the next look, in ms. */
export interface Settled {
  readonly state: CaBundleState["state"] | "unknown";
  readonly waitMs: number;
}

/**
 * Interval between two checks of a correct APIService, in ms. It limits how long a wrong `caBundle` can make requests fail.
 */
const KEEP_MS = 10_000;
/** Delay between a new `caBundle` and serving its certificate, in ms. API servers see the change much earlier. */
const SPREAD_MS = 3_000;
/** Interval while an APIService does not exist, in ms, and for how long: it is created right after the adapter. */
const ABSENT_MS = 1_000;
const SOON_MS = 120_000;
const REFUSED_MS = 15_000;

/** Creates the trust in this adapter by one APIService. @param contest learns when another program removes the adapter's CA */
export function createApiServiceTrust(
  name: string,
  contest: CaBundleContest,
  { kubernetes, service, log, monotonic }: ApiServiceTrustOptions,
): ApiServiceTrust {
  const memory = createTrustMemory(monotonic);
  const tell = teller(name, log);
  const tellContest = told(log);
  let isOurs = false;
  let absentSince: number | undefined;
  let last: Settled = { state: "unknown", waitMs: 0 };
  /** Another program writes too: no look before this time, also if another APIService needs one. */
  let notBefore = 0;

  const waitAfter = (state: Settled["state"]): number => {
    absentSince = state === "absent" ? (absentSince ?? monotonic()) : undefined;
    if (state === "patched") return SPREAD_MS;
    if (absentSince !== undefined) return monotonic() - absentSince < SOON_MS ? ABSENT_MS : KEEP_MS;
    return state === "unknown" ? REFUSED_MS : KEEP_MS;
  };

  return {
    name,
    async settle(authorities) {
      if (monotonic() < notBefore) return { ...last, waitMs: notBefore - monotonic() };
      const settled = await settleCaBundle(kubernetes, name, service, authorities, (pem) => memory.mayStay(pem)).catch(
        (error: unknown) => ({ state: "unknown" as const, error }),
      );
      tell(settled, service);
      if ("present" in settled) memory.see(settled.present);
      if (settled.state !== "unknown") isOurs = "present" in settled;
      const contestMs = settled.state === "unknown" ? undefined : contest.see(settled, authorities);
      tellContest(contest.problem());
      const waitMs = waitAfter(settled.state);
      notBefore = contestMs === undefined ? 0 : monotonic() + contestMs;
      last = { state: settled.state, waitMs: contestMs ?? waitMs };
      return last;
    },
    isOurs: () => isOurs,
    isPublished: memory.isPublished,
  };
}

/** Creates a logger for the state of `caBundle`. It logs a problem again only after the problem changes. */
function teller(name: string, log: Log) {
  const warn = told(log);
  return (settled: CaBundleState | { state: "unknown"; error: unknown }, service: ServiceName) => {
    if (settled.state === "foreign") {
      const message = `APIService ${name} belongs to the Service ${settled.owner}, not to ${service.namespace}/${service.name}, so no HPA uses this adapter`;
      const remedy = "Take the APIService over with `takeOver`, or remove the other adapter first.";
      warn(problem("ASM_CA_BUNDLE", message, { remedy }));
    } else if (settled.state === "unknown") {
      const message = `APIService ${name} cannot be updated (${reason(settled.error)})`;
      const remedy = "Allow get and patch of this one APIService, or set its caBundle yourself.";
      warn(problem("ASM_CA_BUNDLE", message, { remedy }));
    } else warn(undefined);
    if (settled.state === "patched") log.info({}, `APIService ${name} now trusts this adapter's authorities.`);
  };
}

/** Creates a logger that logs a problem only when its message changes. */
export function told(log: Log): (found: Problem | undefined) => void {
  let last: string | undefined;
  return (found) => {
    if (found && found.message !== last) logProblem(log, found);
    last = found?.message;
  };
}
