/** Name of the file that tells Grafana its data source. */
export const DATA_SOURCES = "datasources.yaml";

/** Name of the file that tells Grafana where dashboards are. */
export const PROVIDERS = "dashboards.yaml";

/** Folder of the dashboards in the container. */
export const DASHBOARD_PATH = "/etc/grafana/dashboards";

/**
 * The data source, as JSON, which is YAML.
 * Source: Grafana, "Provision Grafana", data sources.
 */
export function dataSourcesText(prometheusUrl: string, scrapeIntervalSeconds: number): string {
  return text({
    datasources: [
      {
        name: "Prometheus",
        uid: "mesh-prometheus",
        type: "prometheus",
        access: "proxy",
        url: prometheusUrl,
        isDefault: true,
        editable: false,
        // $__rate_interval is four times this.
        jsonData: { httpMethod: "POST", timeInterval: `${scrapeIntervalSeconds}s` },
      },
    ],
  });
}

/** Where dashboards are, as JSON, which is YAML. */
export function providersText(): string {
  return text({
    providers: [{ name: "asm-autoscaler", type: "file", allowUiUpdates: false, options: { path: DASHBOARD_PATH } }],
  });
}

function text(content: object): string {
  return `${JSON.stringify({ apiVersion: 1, ...content }, undefined, 2)}\n`;
}
