import type * as Dashboards from "../../dashboards";

/** The files with the dashboards of a Grafana beside a MeshPrometheus, by name. */
export function dashboardFiles(): Record<string, string> {
  // Loaded only for a Grafana: it brings the SDK that dashboards are written with.
  const { trafficDashboard }: typeof Dashboards = require("../../dashboards");
  // The adapter's dashboard is not among them: this Prometheus scrapes proxies and nothing else.
  return { "traffic.json": JSON.stringify(trafficDashboard(), undefined, 2) };
}
