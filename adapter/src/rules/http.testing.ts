import type { SeriesList } from "../prometheus/seriesNames.ts";
import { seriesOf } from "./scene.testing.ts";

/** A rule for Pods and Object metrics, and an external rule. */
export const HTTP = `
rules:
- seriesQuery: '{__name__=~"^http_.*"}'
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}, ingress: {group: networking.k8s.io, resource: ingress}}}
  name: {matches: "^(.*)_total$"}
  metricsQuery: 'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'
externalRules:
- seriesQuery: queue_length
  resources: {overrides: {namespace: {resource: namespace}}}
  metricsQuery: '<<.Series>>{<<.LabelMatchers>>}'
`;
/** The series of both rules. */
export const SERIES = (match: string): SeriesList =>
  match === "queue_length"
    ? seriesOf({ queue_length: ["namespace", "queue"] })
    : seriesOf({ http_requests_total: ["namespace", "pod", "ingress"] });
