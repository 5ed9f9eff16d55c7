import { readFileSync } from "node:fs";

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));

/** Facts recorded of kube-metrics-adapter that we match. */
export const kma = read("kma.vectors.json") as {
  prometheusCollector: {
    id: string;
    annotations: Record<string, string>;
    metrics: { type: string; name: string; matchLabels?: Record<string, string> }[];
    expect: { query?: string; error?: string; parseError?: string; server?: string }[];
  }[];
  prometheusValue: {
    id: string;
    response: { status: number; body: unknown };
    expect: { quantity?: string; error?: string };
  }[];
  externalStore: {
    id: string;
    inserts: { ns: string; name: string; labels: Record<string, string>; value: string }[];
    get: { ns: string; name: string; selector: string };
    expect: { items: number[]; list?: string[] };
  }[];
  http: {
    id: string;
    stored: unknown[];
    request: { method: string; path: string; accept: string };
    expect: { status: number; contentType: string; body?: string };
  }[];
};

/** What Go's own quantities and label selectors make of texts. */
export const go = read("go.vectors.json") as {
  quantities: { in: string; canonical?: string; milli?: string; err?: string }[];
  selectors: { in: string; canonical?: string; matches?: Record<string, boolean>; err?: string }[];
};
