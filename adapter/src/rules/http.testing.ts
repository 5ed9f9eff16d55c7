import type { CustomResult } from "../api/customMetrics.ts";
import type { SeriesList } from "../prometheus/seriesNames.ts";
import { ruleScene, type Scene, seriesOf } from "./scene.testing.ts";

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

/** Starts the rules with two pods of `web` and one of `db` in the namespace `shop`. */
export async function startHttp(text = HTTP, series = SERIES): Promise<Scene> {
  const scene = ruleScene(text);
  scene.series = series;
  scene.pods.set("shop/web-1", { app: "web" }).set("shop/web-2", { app: "web" }).set("shop/db-1", { app: "db" });
  await scene.start();
  return scene;
}

/** The status and message of a read without a value. */
export async function message(result: Promise<CustomResult>): Promise<string> {
  const found = await result;
  return found.ok ? "a value" : `${found.status} ${found.message}`;
}
