import { parseDuration } from "../duration";
import { type Problem, problem } from "../problem";
import { type Dialect, parseDialect } from "./dialect";
import { isDirectPolicy, type Policy, parsePolicy } from "./noDataPolicy";
import { parseReaction } from "./reaction";
import type { Aggregate, DirectSpec, ServerRef } from "./spec";

/** One annotation of a metric. */
export interface Entry {
  /** The whole annotation key. */
  readonly key: string;
  readonly value: string;
}

/** The annotations of one metric name, by the last part of their keys. */
export type Config = ReadonlyMap<string, Entry>;

/** Reports a problem to the caller. */
export type Report = (problem: Problem) => void;

/** The settings, besides the query, that determine a reading. */
interface Settings {
  readonly server: ServerRef;
  readonly intervalSeconds?: number;
  readonly aggregate?: Aggregate;
  readonly onNoData?: Policy;
  readonly onError?: Policy;
}

/** The settings of a metric, and what annotations say about its query: the dialect, and whether proxies evaluate it. */
export interface ReadSettings {
  readonly settings: Settings;
  readonly dialect?: Dialect;
  readonly direct?: DirectSpec["mode"];
}

/**
 * Reads `interval`, `aggregate`, the policies, the dialect, the reaction and the server. Reports each problem, and returns
 * undefined if there is one. `queryName` is the last part of the query's key. A setting can apply to this query only, and then `claim` receives the key of that setting.
 */
export function readSettings(
  config: Config,
  labels: ReadonlyMap<string, string>,
  queryName: string | undefined,
  report: Report,
  claim: (key: string) => void,
): ReadSettings | undefined {
  let failed = false;
  const fail = (problem: Problem) => {
    failed = true;
    report(problem);
  };
  const ofQuery = (key: string) => {
    const own = queryName === undefined ? undefined : config.get(`${key}.${queryName}`);
    if (own) claim(own.key);
    return own ?? config.get(key);
  };
  const intervalSeconds = readInterval(ofQuery("interval"), fail);
  const aggregate = readAggregate(config.get("aggregate"), fail);
  const server = readServer(config, labels, fail);
  const onNoData = readPolicy(ofQuery("on-no-data"), fail);
  const onErrorEntry = ofQuery("on-error");
  const isFallback = onErrorEntry !== undefined && isDirectPolicy(onErrorEntry.value);
  const onError = isFallback ? undefined : readPolicy(onErrorEntry, fail);
  const dialect = readDialect(ofQuery("dialect"), fail);
  const isDirect = readReaction(ofQuery("reaction"), fail) === "direct";
  if (failed) return undefined;
  const settings: Settings = {
    server,
    // As in kube-metrics-adapter, zero means that no interval is set.
    ...(intervalSeconds ? { intervalSeconds } : {}),
    ...(aggregate ? { aggregate } : {}),
    ...(onNoData ? { onNoData } : {}),
    ...(onError ? { onError } : {}),
  };
  return {
    settings,
    ...(dialect ? { dialect } : {}),
    ...(isDirect ? { direct: "always" } : isFallback ? { direct: "fallback" } : {}),
  };
}

function readReaction(entry: Entry | undefined, fail: Report): string | undefined {
  if (!entry) return undefined;
  const parsed = parseReaction(entry.key, entry.value);
  if (typeof parsed === "string") return parsed;
  fail(parsed);
  return undefined;
}

function readDialect(entry: Entry | undefined, fail: Report): Dialect | undefined {
  if (!entry) return undefined;
  const parsed = parseDialect(entry.key, entry.value);
  if (typeof parsed === "string") return parsed;
  fail(parsed);
  return undefined;
}

function readInterval(entry: Entry | undefined, fail: Report): number | undefined {
  if (!entry) return undefined;
  try {
    return parseDuration(entry.value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    fail(
      problem("ASM_INTERVAL_INVALID", `the annotation "${entry.key}" is not a valid interval: ${error.message}`, {
        key: entry.key,
      }),
    );
    return undefined;
  }
}

const aggregates: readonly Aggregate[] = ["sum", "max", "min", "avg"];

function readAggregate(entry: Entry | undefined, fail: Report): Aggregate | undefined {
  if (!entry) return undefined;
  const aggregate = aggregates.find((known) => known === entry.value);
  if (aggregate) return aggregate;
  fail(
    problem(
      "ASM_AGGREGATE_INVALID",
      `the annotation "${entry.key}" is ${JSON.stringify(entry.value)}, which is not an aggregate`,
      { key: entry.key, remedy: `Write one of ${aggregates.join(", ")}` },
    ),
  );
  return undefined;
}

function readPolicy(entry: Entry | undefined, fail: Report): Policy | undefined {
  if (!entry) return undefined;
  const parsed = parsePolicy(entry.key, entry.value);
  if ("policy" in parsed) return parsed.policy;
  fail(parsed);
  return undefined;
}

/** Maximum length of a server's URL and alias, in characters. */
const MOST_URL = 2_048;
const MOST_ALIAS = 253;

/**
 * Reads the server. As in kube-metrics-adapter, `prometheus-server` overrides `prometheus-server-alias`, and an
 * annotation overrides a label.
 */
function readServer(config: Config, labels: ReadonlyMap<string, string>, fail: Report): ServerRef {
  const url = config.get("prometheus-server");
  if (url) {
    if (!isHttpUrl(url.value)) fail(badServer(url.key, `the annotation "${url.key}" is not an http or https URL`));
    if (url.value.length > MOST_URL)
      fail(badServer(url.key, `the annotation "${url.key}" is longer than ${MOST_URL} characters`));
    return { kind: "url", url: url.value.slice(0, MOST_URL) };
  }
  if (labels.has("prometheus-server")) {
    fail(badServer(undefined, `the label prometheus-server names a server, but a label value cannot be a URL`));
  }
  const entry = config.get("prometheus-server-alias");
  const alias = entry?.value ?? labels.get("prometheus-server-alias");
  if (alias === undefined) return { kind: "default" };
  if (alias.length > MOST_ALIAS) {
    fail(badServer(entry?.key, `the alias of the Prometheus server is longer than ${MOST_ALIAS} characters`));
    return { kind: "default" };
  }
  if (alias === "") fail(badServer(entry?.key, "the alias of the Prometheus server is empty"));
  return { kind: "alias", alias };
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== "";
}

function badServer(key: string | undefined, message: string): Problem {
  const remedy =
    "Name a server of the adapter in prometheus-server-alias, or write its URL in the annotation prometheus-server";
  return problem("ASM_SERVER_INVALID", message, { ...(key === undefined ? {} : { key }), remedy });
}
