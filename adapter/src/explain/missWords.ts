import type { Miss } from "./miss.ts";

/** What a miss means, in words. */
export interface MissWords {
  readonly id: string;
  readonly why: string;
  readonly remedy: string;
}

/** The sentence and the remedy of a miss. */
export function missWords(miss: Miss): MissWords {
  switch (miss.kind) {
    case "metric":
      return metricWords(miss);
    case "label":
      return {
        id: "no-such-label",
        why: `no series has the label ${miss.label}; without that matcher there are ${miss.series}`,
        remedy:
          "See whether Istio's Telemetry or a relabelling of the scrape removes the label, or leave the matcher out",
      };
    case "value":
      return valueWords(miss);
    case "matchers":
      return {
        id: "several-matchers",
        why:
          miss.labels.length === 0
            ? "each matcher finds series, and no series has all of them"
            : `no series has what the query asks of ${miss.labels.join(", ")}`,
        remedy: "Look at the metric's series in Prometheus and correct the matchers",
      };
    case "gone":
      return {
        id: "series-gone",
        why: "its series ended within the last hour: the pods are gone, or are scraped no more",
        remedy: "See whether the pods run with their sidecar and whether Prometheus still has them as targets",
      };
    case "range":
      return {
        id: "range-too-short",
        why: "its series are there, but the query makes nothing of them: a range with fewer than two samples, or an operator without partners",
        remedy: "Make the range four scrape intervals or more, and run the query's parts in Prometheus",
      };
  }
}

function metricWords({ metric, instead }: Miss & { kind: "metric" }): MissWords {
  return {
    id: "no-such-metric",
    why: `Prometheus has no series of ${metric} at all${instead === undefined ? "" : `; did you mean ${instead}?`}`,
    remedy:
      instead === undefined
        ? "See whether the pods have a sidecar, have had traffic, and are scraped"
        : "Correct the metric's name",
  };
}

function valueWords({ label, operator, value, found, series }: Miss & { kind: "value" }): MissWords {
  const wanted = `${label}${operator}"${value}"`;
  const there = found.map((one) => `"${one}"`).join(", ");
  if (label === "reporter")
    return {
      id: "wrong-reporter",
      why: `no series has ${wanted}; the same traffic is counted by reporter ${there}`,
      remedy: `Ask for reporter=${JSON.stringify(found[0] ?? "")}, or give the workload's pods a sidecar`,
    };
  return {
    id: label.endsWith("_namespace")
      ? "wrong-namespace"
      : label.endsWith("_workload")
        ? "wrong-workload"
        : "wrong-value",
    why: `no series has ${wanted} beside the other matchers; nearest: ${there} (${series} series)`,
    remedy: `Correct the matcher on ${label}, or see whether what it names has had traffic`,
  };
}
