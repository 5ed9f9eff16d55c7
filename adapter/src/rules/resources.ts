import {
  type ClusterResource,
  type FindResource,
  type Problem,
  problem,
  record,
  recordsIn,
} from "@asm-autoscaler/hpa-metrics";
import { AnswerTooLarge, hasStatus, type Kubernetes, reason } from "../kubernetes/client.ts";
import { CORE_RESOURCES } from "./coreResources.ts";

/** The kinds of objects of the cluster. */
export interface Resources {
  /**
   * Finds a kind by its plural or singular name. As in prometheus-adapter, an empty group means any group, and a group
   * that does not exist stands for the groups that begin with it. The first one in the cluster's order counts, the core
   * group first.
   */
  readonly find: FindResource;
  /** Reads the kinds again, unless that was tried within MISS_MS. */
  refresh(): Promise<void>;
  /** A number that changes with the kinds. */
  version(): number;
  /** Why the kinds were not read the last time. */
  problem(): Problem | undefined;
}

/** Minimum time between two attempts, in ms. */
const MISS_MS = 10_000;
/** Versions that are read at the same time from a server without aggregated discovery. */
const AT_ONCE = 4;
const AGGREGATED = ["v2", "v2beta1"]
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat("application/json")
  .join(",");
/** Groups whose resources are names of metrics and not kinds of objects. */
const METRICS = /(?:^|\.)metrics\.k8s\.io$/;

/** Creates the kinds. Until the discovery is read, they are those that every cluster has. */
export function createResources(kubernetes: Pick<Kubernetes, "call">, clock: { monotonic(): number }): Resources {
  let version = 0;
  let byName = namesOf(CORE_RESOURCES);
  let fingerprint = "";
  let found: Problem | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  const read = async () => {
    try {
      const all = [...(await readRoot(kubernetes, "/api")), ...(await readRoot(kubernetes, "/apis"))];
      found = undefined;
      const now = JSON.stringify(all);
      if (now === fingerprint) return;
      fingerprint = now;
      byName = namesOf(all);
      version++;
    } catch (error) {
      found = problem("ASM_RULE_DISCOVERY", `the kinds of objects of the cluster cannot be read: ${reason(error)}`);
    }
  };

  return {
    find(group, name) {
      const all = byName.get(name) ?? [];
      if (group === "") return all[0];
      return all.find((one) => one.group === group) ?? all.find((one) => one.group.startsWith(group));
    },
    async refresh() {
      if (running === undefined && clock.monotonic() - triedAt >= MISS_MS) {
        triedAt = clock.monotonic();
        running = read().finally(() => {
          running = undefined;
        });
      }
      await running;
    },
    version: () => version,
    problem: () => found,
  };
}

/** Name, plural or singular -> kinds in the cluster's order. */
function namesOf(all: readonly ClusterResource[]): Map<string, ClusterResource[]> {
  const byName = new Map<string, ClusterResource[]>();
  for (const one of all)
    for (const name of new Set([one.resource, one.singular])) {
      const known = byName.get(name);
      if (known) known.push(one);
      else byName.set(name, [one]);
    }
  return byName;
}

/**
 * Reads the kinds below `/api` or `/apis`, in one request if the server has aggregated discovery, which servers since
 * 1.27 have. Of a kind with several versions, the first one counts, which is the preferred one.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
async function readRoot(kubernetes: Pick<Kubernetes, "call">, root: "/api" | "/apis"): Promise<ClusterResource[]> {
  const answer = await kubernetes.call("GET", root, { accept: AGGREGATED }).catch((error: unknown) => {
    if (error instanceof AnswerTooLarge || hasStatus(error, 406)) return kubernetes.call("GET", root);
    throw error;
  });
  const { kind, items, versions, groups } = record(answer);
  if (kind === "APIGroupDiscoveryList") return recordsIn(items).flatMap(aggregatedGroup);
  const groupVersions =
    root === "/api"
      ? (Array.isArray(versions) ? versions : []).map((version) => ({ group: "", version: String(version) }))
      : recordsIn(groups).flatMap(versionsOf);
  const lists: ClusterResource[][] = [];
  for (let at = 0; at < groupVersions.length; at += AT_ONCE)
    lists.push(
      ...(await Promise.all(groupVersions.slice(at, at + AT_ONCE).map((one) => readVersion(kubernetes, one)))),
    );
  return firstOfEach(lists.flat());
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

function versionsOf({ name, versions, preferredVersion }: Readonly<Record<string, unknown>>): GroupVersion[] {
  if (typeof name !== "string" || METRICS.test(name)) return [];
  const { version: preferred } = record(preferredVersion);
  const all = recordsIn(versions).flatMap(({ version }) => (typeof version === "string" ? [version] : []));
  return [...new Set([...all.filter((one) => one === preferred), ...all])].map((version) => ({ group: name, version }));
}

/** The kinds of one version. None if its server does not answer: the other groups are known nevertheless. */
async function readVersion(kubernetes: Pick<Kubernetes, "call">, { group, version }: GroupVersion) {
  const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const answer = await kubernetes.call("GET", path).catch((error: unknown) => {
    if (group === "") throw error;
    return {};
  });
  return recordsIn(record(answer)["resources"]).flatMap(({ name, singularName, namespaced, kind }) =>
    resourceOf({ group, version, resource: name, singular: singularName, kind, isNamespaced: namespaced === true }),
  );
}

function aggregatedGroup({ metadata, versions }: Readonly<Record<string, unknown>>): ClusterResource[] {
  const { name } = record(metadata);
  const group = typeof name === "string" ? name : "";
  if (METRICS.test(group)) return [];
  const all = recordsIn(versions).flatMap(({ version, resources }) =>
    recordsIn(resources).flatMap(({ resource, singularResource, responseKind, scope }) =>
      resourceOf({
        ...{ group, version, resource, singular: singularResource, kind: record(responseKind)["kind"] },
        isNamespaced: scope === "Namespaced",
      }),
    ),
  );
  return firstOfEach(all);
}

interface Listed {
  readonly group: string;
  readonly version: unknown;
  readonly resource: unknown;
  readonly singular: unknown;
  readonly kind: unknown;
  readonly isNamespaced: boolean;
}

/** A kind, unless it is a subresource, such as `pods/log`, or a field has another type. */
function resourceOf({ group, version, resource, singular, kind, isNamespaced }: Listed): ClusterResource[] {
  if (typeof version !== "string" || typeof resource !== "string" || typeof kind !== "string") return [];
  if (resource.includes("/")) return [];
  // Older servers leave the singular name out. client-go then uses the kind in lower case.
  const one = typeof singular === "string" && singular !== "" ? singular : kind.toLowerCase();
  return [{ group, version, resource, singular: one, kind, isNamespaced }];
}

function firstOfEach(all: readonly ClusterResource[]): ClusterResource[] {
  const first = new Map<string, ClusterResource>();
  for (const one of all) {
    const key = `${one.group}/${one.resource}`;
    if (!first.has(key)) first.set(key, one);
  }
  return [...first.values()];
}
