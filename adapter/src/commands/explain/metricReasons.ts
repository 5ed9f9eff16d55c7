import { FAST_SCRAPES } from "@asm-autoscaler/hpa-metrics";
import { windowProblem } from "../../readings/windowChecks.ts";
import { queryName } from "../../status/sentence.ts";
import type { Facts, MetricFacts } from "./facts.ts";
import { missWords } from "./miss.ts";
import { type Reason, wrong } from "./reason.ts";
import type { UncountedTraffic } from "./traffic.ts";

/** Reasons between the HPA's annotations and the values of its metrics. */
export function apiAway({ api, hpa }: Facts): Reason | undefined {
  if (hpa.metrics.every(({ custom }) => custom) && hpa.metrics.length > 0) return undefined;
  if (api.kind === "absent")
    return wrong(
      "api-absent",
      "nobody has registered the external metrics API, v1beta1.external.metrics.k8s.io",
      "Deploy the adapter with registerApiService: true",
    );
  if (api.kind !== "unavailable") return undefined;
  return wrong(
    "api-unavailable",
    `the external metrics API is not available: ${api.why}`,
    `Check the pods of the Service ${api.service}, and the network between the API server and them`,
  );
}

/** An annotation has a mistake. */
export function faultyAnnotations({ problems }: Facts): Reason | undefined {
  const problem = problems.find(({ severity }) => severity === "error");
  return problem && wrong(problem.code, problem.message.split("\n")[0] ?? "", problem.remedy);
}

/** The adapter serves none of the HPA's metrics. */
export function noMetrics({ problems, metrics, neighbours, custom, hpa }: Facts): Reason | undefined {
  if (metrics.length + neighbours.length + custom.length > 0) return undefined;
  const [problem] = problems;
  if (problem) return wrong(problem.code, problem.message.split("\n")[0] ?? "", problem.remedy);
  const others = hpa.metrics.map(({ type, name }) => `${type} ${name}`.trim());
  return wrong(
    "no-external-metric",
    `the HPA has ${others.length > 0 ? `only ${others.join(", ")}` : "no metric"} and none of the adapter's`,
    "Add an External metric and its query",
  );
}

/** A query counts none of the traffic that its workload has. */
export function uncountedTraffic({ metrics }: Facts): Reason | undefined {
  for (const metric of metrics) {
    const { uncounted } = metric;
    if (!uncounted || uncounted.kind === "upgrades") continue;
    const { id, why, remedy } = uncountedWords(uncounted);
    return wrong(id, `${queryName(metric)}: ${why}`, remedy);
  }
  return undefined;
}

function uncountedWords(uncounted: Exclude<UncountedTraffic, { kind: "upgrades" }>): Omit<Reason, "wrong"> {
  switch (uncounted.kind) {
    case "requests": {
      const { perSecond, service, differs } = uncounted;
      const labels = differs.length > 0 ? `: their series have ${differs.slice(0, 2).join(" and ")}` : "";
      return {
        id: "uncounted-requests",
        why: `clients send ${Number(perSecond.toPrecision(2))} requests per second to ${service}, and the query counts none of them${labels}`,
        remedy: `Count them at the clients, with destination_service="${service}" and reporter="source", as service in a TrafficAutoscaler does`,
      };
    }
    case "http":
      return {
        id: "http-not-tcp",
        why: "the query counts TCP, but the proxies handle the traffic as HTTP: WebSockets and streams on an HTTP port never reach Istio's TCP counters",
        remedy: "Declare the port as TCP (appProtocol: tcp), or scale on requests or on a metric of the application",
      };
    case "streams":
      return {
        id: "open-streams",
        why: `its gRPC streams carry ${Number(uncounted.perSecond.toPrecision(2))} messages per second, but the query counts a stream and its bytes only when it ends`,
        remedy: "Scale on istio_request_messages_total, or on a metric of the application",
      };
  }
}

/** A window holds so few scrapes that its query often has no value. */
export function fewScrapes({ metrics }: Facts): Reason | undefined {
  for (const metric of metrics) {
    const { window } = metric;
    const found = window && window.scrapes < FAST_SCRAPES ? windowProblem(window, window.scrapeSeconds) : undefined;
    if (found) return wrong(found.code, `${queryName(metric)}: ${found.message}`, found.remedy);
  }
  return undefined;
}

/** The first metric without a reading for which neither a policy's value nor a stale reading is served. */
export function noReading({ metrics }: Facts): Reason | undefined {
  for (const metric of metrics) {
    const { reading, served, miss } = metric;
    if (reading.kind !== "problem" || served.kind === "number") continue;
    const { code, message, remedy } = reading.problem;
    const words = miss ? missWords(miss) : undefined;
    if (words) return wrong(words.id, `${queryName(metric)}: ${words.why}`, words.remedy);
    return wrong(code, `${queryName(metric)}: ${message}`, remedy);
  }
  return undefined;
}

/** The query has a reading, and the API does not serve it. */
export function notServed({ metrics }: Facts): Reason | undefined {
  for (const metric of metrics) {
    // If the query has no reading either, `noReading` reports that.
    if (metric.served.kind !== "problem" || metric.reading.kind === "problem") continue;
    const { code, message, remedy } = metric.served.problem;
    return wrong(code || "not-served", `${queryName(metric)}: ${message}`, remedy);
  }
  return undefined;
}

/** Pods are scraped more than once, which multiplies the reading. */
export function scrapedTwice({ metrics }: Facts): Reason | undefined {
  const metric = metrics.find(({ doubled }) => doubled);
  if (!metric?.doubled) return undefined;
  const { times, scrapes, remedy } = metric.doubled;
  return wrong(
    "scraped-twice",
    `${queryName(metric)}: each pod is scraped ${times} times (${scrapes.join(", ")}), so the reading is about ${times} times too high`,
    remedy,
  );
}

/** A stale reading, or the value of a policy, is served. */
export function servedStale({ metrics }: Facts): Reason | undefined {
  for (const metric of metrics) {
    const { reading, served } = metric;
    if (reading.kind !== "problem" || served.kind !== "number") continue;
    return wrong(
      "held",
      `${queryName(metric)}: there is no new reading (${reading.problem.message}) and ${served.quantity} is served in its place`,
      reading.problem.remedy,
    );
  }
  return undefined;
}

/** Neither the query nor the API can be read from here, and the HPA controller has reported no value. */
export function unknownReadings({ metrics, size }: Facts): Reason | undefined {
  const metric = metrics.find(
    ({ reading, served }: MetricFacts) => reading.kind === served.kind && served.kind === "unknown",
  );
  if (metric?.reading.kind !== "unknown" || size.reason !== "no-reading") return undefined;
  return wrong(
    "unknown-reading",
    `${queryName(metric)}: ${metric.reading.why}, and the API's own value cannot be read either`,
    "Give --prometheus-server, or ask for the right to get external.metrics.k8s.io",
  );
}
