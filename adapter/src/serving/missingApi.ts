import { CUSTOM_API_SERVICES, type Problem, problem } from "@asm-autoscaler/hpa-metrics";
import { versionAndGroup } from "./apiService.ts";
import type { Settled } from "./apiServiceTrust.ts";

/** How long the API must be missing until that is a problem, in ms. Pulumi and Helm create it after the adapter. */
const MISSING_MS = 60_000;

/** Whether nobody has registered the custom metrics API, although this adapter serves it. */
export interface MissingApi {
  /** Takes the state of one APIService. */
  see(name: string, state: Settled["state"]): void;
  problem(): Problem | undefined;
}

/**
 * Creates the check. One version of the API is enough, because the HPA controller reads the version that exists. The
 * external metrics API is not checked: an adapter beside another one is installed without it.
 * @param monotonic clock in milliseconds that never goes back
 */
export function createMissingApi(apiServices: readonly string[], monotonic: () => number): MissingApi {
  const states = new Map<string, Settled["state"]>();
  const names = CUSTOM_API_SERVICES.filter((name) => apiServices.includes(name));
  const [first] = names;
  let since: number | undefined;
  return {
    see(name, state) {
      states.set(name, state);
      const isMissing = first !== undefined && names.every((one) => states.get(one) === "absent");
      since = isMissing ? (since ?? monotonic()) : undefined;
    },
    problem() {
      if (first === undefined || since === undefined || monotonic() - since < MISSING_MS) return undefined;
      const { group } = versionAndGroup(first);
      const message = `APIService ${names.join(" and ")} do not exist, so no HPA gets Pods and Object metrics from ${group}`;
      return problem("ASM_CUSTOM_NOT_REGISTERED", message);
    },
  };
}
