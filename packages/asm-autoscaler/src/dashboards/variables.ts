import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";

/** The Prometheus that the reader of a dashboard chooses; every panel asks it. */
export const datasource = { type: "prometheus", uid: `\${datasource}` };

/** The choice of that Prometheus; Grafana takes its default one at first. */
export function datasourceVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus");
}

/**
 * A choice among the values that a label has on the series of a selector, such as
 * `labelVariable("namespace", "Namespace", "istio_requests_total", "destination_workload_namespace")`.
 */
export function labelVariable(name: string, title: string, selector: string, label: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(title)
    .datasource(datasource)
    .query(`label_values(${selector}, ${label})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}
