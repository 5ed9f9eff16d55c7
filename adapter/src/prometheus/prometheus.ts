import type { Fault, Query, ServerRef } from "hpa-metrics";
import type { Flags } from "../flags.ts";
import type { Answer } from "./answer.ts";
import { type HttpConfig, serverConfig, tokenFileConfig } from "./httpConfig.ts";
import { createQueryBatcher, noPlannerCounts, type QueryBatcher, type QueryBatcherCounts } from "./queryBatcher.ts";
import { connectPrometheus, type PrometheusServer, type ServerListener } from "./server.ts";

/** One instant query for one server. */
export interface Question {
  server: ServerRef;
  query: Query;
  /** The namespaces whose HPAs ask for it, of whose share of the server it is asked; none for a question of our own. */
  namespaces: readonly string[];
}

/** The Prometheus servers an HPA may name. */
export interface Prometheus {
  /**
   * Asks a set of questions at one evaluation time (unix ms) and gives one promise for each, in their order; no promise
   * rejects and none waits for another. A set, not one, so that alike questions can be planned as one query.
   */
  evaluate(questions: readonly Question[], evaluateAt: number): Promise<Answer>[];
  readonly counts: Readonly<QueryBatcherCounts>;
  /** The fault of a server that an HPA may not name, or `undefined`. */
  check(server: ServerRef): Fault | undefined;
  close(): Promise<void>;
}

export interface PrometheusOptions {
  /** `--prometheus-server`; empty when the operator gave none. */
  defaultUrl: string;
  defaultConfig: HttpConfig;
  /** `--additional-prometheus-server name=url`. */
  aliases: ReadonlyMap<string, { url: string; config: HttpConfig }>;
  /** `--allow-prometheus-server`: URLs that an HPA may name itself. They get no credentials of the others. */
  allowedUrls: ReadonlySet<string>;
  listener?: ServerListener;
}

/** Connects to the configured servers; nothing is sent until the first question. */
export function createPrometheus(options: PrometheusOptions): Prometheus {
  const servers = new Map<string, PrometheusServer>();
  const batchers = new Map<string, QueryBatcher>();
  const counts = noPlannerCounts();
  const add = (ref: ServerRef, url: string, config: HttpConfig) => {
    const server = connectPrometheus(url, config, options.listener);
    servers.set(name(ref), server);
    batchers.set(
      name(ref),
      createQueryBatcher(server, counts, () => performance.now()),
    );
  };
  if (options.defaultUrl) add({ kind: "default" }, options.defaultUrl, options.defaultConfig);
  for (const [alias, { url, config }] of options.aliases) add({ kind: "alias", alias }, url, config);
  for (const url of options.allowedUrls) add({ kind: "url", url }, url, tokenFileConfig(undefined));
  const check = (server: ServerRef) => (servers.has(name(server)) ? undefined : unknown(server, options));
  return {
    evaluate(questions, evaluateAt) {
      const answers = new Map<Question, Promise<Answer>>();
      for (const [server, own] of Map.groupBy(questions, (question) => name(question.server))) {
        const planned = batchers.get(server)?.evaluate(own, evaluateAt);
        own.forEach((question, index) => {
          const answer = planned?.[index] ?? Promise.resolve({ ok: false, fault: unknown(question.server, options) });
          answers.set(question, answer);
        });
      }
      return questions.flatMap((question) => answers.get(question) ?? []);
    },
    counts,
    check,
    close: async () => {
      await Promise.all([...servers.values()].map((server) => server.close()));
    },
  };
}

function name(ref: ServerRef): string {
  if (ref.kind === "default") return "default";
  return ref.kind === "alias" ? `alias ${ref.alias}` : `url ${trimmed(ref.url)}`;
}

function trimmed(url: string): string {
  return url.replace(/(?<!\/)\/+$/, "");
}

function unknown(ref: ServerRef, options: PrometheusOptions): Fault {
  if (ref.kind === "alias") {
    const known = [...options.aliases.keys()].join(", ") || "none";
    return {
      code: "ASM_SERVER_ALIAS",
      severity: "error",
      message: `no additional prometheus server found for alias ${ref.alias} (known: ${known})`,
      remedy: `Correct the alias, or start the adapter with --additional-prometheus-server=${ref.alias}=URL`,
    };
  }
  if (ref.kind === "url") {
    return {
      code: "ASM_SERVER_NOT_ALLOWED",
      severity: "error",
      message: `the Prometheus server ${shown(ref.url)} is not one that the operator allows`,
      remedy: "Use prometheus-server-alias, or start the adapter with --allow-prometheus-server=URL",
    };
  }
  return {
    code: "ASM_SERVER_MISSING",
    severity: "error",
    message: "the adapter was started without --prometheus-server, so there is nothing to ask",
    remedy: "Start it with --prometheus-server=URL, or name an alias in the HPA by prometheus-server-alias",
  };
}

/** The origin only: user, password, path and parameters may be secrets. */
function shown(url: string): string {
  const origin = URL.parse(url)?.origin ?? "null";
  return origin === "null" ? "that its annotation names (it is no http or https URL)" : origin;
}

/** Connects to the servers that the flags name; nothing is sent until the first question. */
export function connectServers(flags: Flags, listener: ServerListener): Prometheus {
  return createPrometheus({
    defaultUrl: flags.prometheusServer,
    defaultConfig: serverConfig({ httpConfigFile: flags.prometheusHttpConfig, tokenFile: flags.prometheusTokenFile }),
    aliases: new Map(
      [...flags.additionalServers].map(([name, { url, ...files }]) => [name, { url, config: serverConfig(files) }]),
    ),
    allowedUrls: flags.allowedServers,
    listener,
  });
}
