import { type Problem, problem, type Query, type ServerRef } from "@asm-autoscaler/hpa-metrics";
import type { Flags } from "../flags/flags.ts";
import type { Answer } from "./answer.ts";
import { type BatcherCounts, noCounts } from "./batcherCounts.ts";
import { type HttpConfig, serverConfig, tokenFileConfig } from "./httpConfig.ts";
import { createQueryBatcher, type QueryBatcher } from "./queryBatcher.ts";
import type { SeriesList } from "./seriesNames.ts";
import { connectPrometheus, type PrometheusServer, type ServerListener } from "./server.ts";

/** One instant query for one server. */
export interface Question {
  server: ServerRef;
  query: Query;
  /**
   * The namespaces whose HPAs request the query. It uses their share of the server. Empty for a query of the adapter
   * itself.
   */
  namespaces: readonly string[];
}

/** The Prometheus servers that an HPA may use. */
export interface Prometheus {
  /**
   * Evaluates a set of queries at one evaluation time (Unix ms). Returns one promise for each query, in the same order.
   * No promise rejects, and no promise waits for another. Queries with the same template can be sent as one query
   * because they are passed as a set.
   */
  evaluate(questions: readonly Question[], evaluateAt: number): Promise<Answer>[];
  /** Lists the series of the default server that a selector matches, with samples since a Unix time in ms. Never rejects. */
  series(match: string, since: number): Promise<SeriesList>;
  readonly counts: Readonly<BatcherCounts>;
  /** Returns the problem of a server that an HPA must not use, or `undefined`. */
  check(server: ServerRef): Problem | undefined;
  close(): Promise<void>;
}

export interface PrometheusOptions {
  /** `--prometheus-server`. Empty if the operator did not set it. */
  defaultUrl: string;
  defaultConfig: HttpConfig;
  /** `--additional-prometheus-server name=url`. */
  aliases: ReadonlyMap<string, { url: string; config: HttpConfig }>;
  /**
   * `--allow-prometheus-server`: URLs that an HPA may set itself. The credentials of other servers are not sent to
   * them.
   */
  allowedUrls: ReadonlySet<string>;
  /** `--harmless-prometheus-warning`: how warnings begin that do not mean missing data. */
  harmlessWarnings?: readonly string[];
  listener?: ServerListener;
}

/** Creates clients of the configured servers. Sends nothing before the first query. */
export function createPrometheus(options: PrometheusOptions): Prometheus {
  const servers = new Map<string, PrometheusServer>();
  const batchers = new Map<string, QueryBatcher>();
  const counts = noCounts();
  const add = (ref: ServerRef, url: string, config: HttpConfig) => {
    const server = connectPrometheus(url, config, {
      ...options.listener,
      harmlessWarnings: options.harmlessWarnings ?? [],
    });
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
          const answer = planned?.[index] ?? Promise.resolve({ ok: false, problem: unknown(question.server, options) });
          answers.set(question, answer);
        });
      }
      return questions.flatMap((question) => answers.get(question) ?? []);
    },
    async series(match, since) {
      const server = servers.get(name({ kind: "default" }));
      return server?.series(match, since) ?? { names: new Map(), problem: unknown({ kind: "default" }, options) };
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
  return ref.kind === "alias" ? `alias ${ref.alias}` : `url ${normalized(ref.url)}`;
}

/** Returns a URL without what makes no difference: upper case in scheme and host, the default port, slashes at the end. */
function normalized(url: string): string {
  return (URL.parse(url)?.href ?? url).replace(/(?<!\/)\/+$/, "");
}

function unknown(ref: ServerRef, options: PrometheusOptions): Problem {
  if (ref.kind === "alias") {
    const known = [...options.aliases.keys()].join(", ") || "none";
    return problem(
      "ASM_SERVER_ALIAS",
      `no additional prometheus server found for alias ${ref.alias} (known: ${known})`,
      { remedy: `Correct the alias, or start the adapter with --additional-prometheus-server=${ref.alias}=URL` },
    );
  }
  if (ref.kind === "url") {
    return problem(
      "ASM_SERVER_NOT_ALLOWED",
      `the Prometheus server ${shown(ref.url)} is not one that the operator allows`,
    );
  }
  return problem(
    "ASM_SERVER_MISSING",
    "the adapter was started without --prometheus-server, so it has no default server",
  );
}

/** Returns only the origin of a URL. User, password, path and parameters may be secrets. */
function shown(url: string): string {
  const origin = URL.parse(url)?.origin ?? "null";
  return origin === "null" ? "that its annotation names (it is not an http or https URL)" : origin;
}

/** Creates clients of the servers in the flags. Sends nothing before the first query. */
export function connectServers(flags: Flags, listener: ServerListener): Prometheus {
  return createPrometheus({
    defaultUrl: flags.prometheusServer,
    defaultConfig: serverConfig({ httpConfigFile: flags.prometheusHttpConfig, tokenFile: flags.prometheusTokenFile }),
    aliases: new Map(
      [...flags.additionalServers].map(([name, { url, ...files }]) => [name, { url, config: serverConfig(files) }]),
    ),
    allowedUrls: flags.allowedServers,
    harmlessWarnings: flags.harmlessWarnings,
    listener,
  });
}
