import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { createConnection } from "../delegates/connection.ts";
import { readTrust } from "../delegates/delegateTrust.ts";
import type { Flags } from "../flags/flags.ts";
import type { Kubernetes } from "../kubernetes/client.ts";
import { pause } from "../kubernetes/pause.ts";
import { type ApiFlags, apiServicesOf, versionAndGroup } from "../serving/apiService.ts";
import type { CaBundleContests } from "../serving/caBundleContest.ts";
import { keepsPair } from "../serving/serveCertificate.ts";
import type { GiveBackDependencies } from "./giveBack.ts";
import { createTakeOver, type TakeOver, type TakeOverOptions } from "./takeOver.ts";

interface Given extends Pick<TakeOverOptions, "kubernetes" | "clock" | "log" | "authorities"> {
  readonly contests: CaBundleContests;
  readonly signal: AbortSignal;
}

/** Creates the take-over of the adapter with these flags. `signal` ends its waits. */
export function connectTakeOver(flags: Flags, { signal, contests, ...given }: Given): TakeOver {
  return createTakeOver({
    ...{ ...givingBack(flags, given.kubernetes), ...given },
    keepsPair: keepsPair(flags),
    // The name of the pod, for people. A pod has a new one, but a process on another machine need not.
    replica: `${hostname()}_${randomUUID()}`,
    contestProblems: (group) =>
      [...contests].flatMap(([name, { problem }]) => (versionAndGroup(name).group === group ? (problem() ?? []) : [])),
    connect: createConnection,
    wait: (ms) => pause(ms, signal),
  });
}

/** What giving back needs to know of the adapter with these flags. */
export function givingBack(
  flags: Pick<Flags, "servingService" | "delegates"> & ApiFlags,
  kubernetes: Kubernetes,
): GiveBackDependencies {
  return {
    ...{ kubernetes, service: flags.servingService, apiServices: apiServicesOf(flags) },
    async presentCa({ namespace, name }) {
      const delegate = flags.delegates.find((one) => one.service.namespace === namespace && one.service.name === name);
      return delegate && (await readTrust(delegate.ca, delegate.service, kubernetes)).ca;
    },
  };
}
