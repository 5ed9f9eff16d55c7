import { oneLine, type Problem, problem, readWarnings, record, WHOLE_ANSWER } from "@asm-autoscaler/hpa-metrics";
import { parseJson } from "../kubernetes/boundedJson.ts";
import { notJson, prometheusError } from "./answer.ts";
import { createSeriesNames, MOST_SERIES, type SeriesList } from "./seriesNames.ts";
import { scanSeries } from "./seriesScan.ts";
import type { Incoming } from "./transport.ts";

/**
 * The parameters of a request for the series that a selector matches, with samples since a Unix time in ms of the
 * server's clock. Prometheus since 2.53 stops at `limit` and adds a warning.
 * https://prometheus.io/docs/prometheus/latest/querying/api/#finding-series-by-label-matchers
 */
export function seriesForm(match: string, since: number): string {
  return new URLSearchParams({
    "match[]": match,
    start: (since / 1000).toFixed(3),
    limit: `${MOST_SERIES}`,
    ...WHOLE_ANSWER,
  }).toString();
}

/**
 * Reads one list of series. A list that breaks off, is too large or may lack a part has a problem, and the names that
 * came until then.
 *
 * @param harmless how warnings begin that do not mean missing data
 */
export function seriesReader(server: string, harmless: readonly string[]) {
  let collected = createSeriesNames();
  return {
    readBody(body: AsyncIterable<Buffer>): Promise<string> {
      collected = createSeriesNames();
      return scanSeries(body, collected.add);
    },
    parse({ status, body, limited }: Incoming): SeriesList {
      const found = problemIn(status, body, limited, server, harmless);
      return { names: collected.names, ...(found ? { problem: found } : {}) };
    },
    failed: (found: Problem): SeriesList => ({ names: collected.names, problem: found }),
  };
}

function problemIn(
  status: number,
  body: string,
  limited: string,
  server: string,
  harmless: readonly string[],
): Problem | undefined {
  let parsed: Record<string, unknown>;
  try {
    parsed = record(parseJson(body));
  } catch {
    return notJson(status, body, server);
  }
  const { status: said, data } = parsed;
  if (said !== "success" || status < 200 || status > 299) return prometheusError(status, parsed, server, body);
  if (!Array.isArray(data))
    return problem(
      "ASM_PROMETHEUS_ANSWER",
      `Prometheus at ${server} sent ${oneLine(typeof data)} and not a list of series`,
    );
  const doubt = status === 206 ? "it answers HTTP 206" : readWarnings([parsed], limited, harmless).doubt;
  if (doubt === undefined) return undefined;
  return problem("ASM_ANSWER_PARTIAL", `the list of series of Prometheus at ${server} may lack a part: ${doubt}`);
}
