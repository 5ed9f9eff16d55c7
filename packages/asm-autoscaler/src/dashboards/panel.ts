import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { datasource } from "./variables";

/** One query of a panel. */
interface Line {
  /** PromQL, with Grafana's variables in it. */
  readonly query: string;
  /** Name of its series, with labels as `{{label}}`. */
  readonly legend: string;
}

/** What a panel shows. */
export interface PanelArgs {
  readonly title: string;
  /** One sentence on how to read it. */
  readonly description: string;
  /** Grafana's unit, such as `reqps`, `percentunit`, `ms`, `Bps`, `short`. */
  readonly unit: string;
  readonly lines: readonly Line[];
}

/** A panel that a page can number and place. */
export interface PanelBuilder {
  id(id: number): PanelBuilder;
  build(): Panel;
}

/** Series over time, half a dashboard wide. */
export function linesPanel({ title, description, unit, lines }: PanelArgs): PanelBuilder {
  return (
    new timeseries.PanelBuilder()
      .title(title)
      .description(description)
      .datasource(datasource)
      .unit(unit)
      .min(0)
      .fillOpacity(8)
      // The builders hide the legend by default, and without it nobody knows which line is which.
      .legend(
        new VizLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(LegendDisplayMode.List)
          .placement(LegendPlacement.Bottom),
      )
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
      .height(8)
      .span(12)
      .targets(targets(lines))
  );
}

/** The last value of each series in large figures, a third of a dashboard wide. */
export function figurePanel({ title, description, unit, lines }: PanelArgs): PanelBuilder {
  return new stat.PanelBuilder()
    .title(title)
    .description(description)
    .datasource(datasource)
    .unit(unit)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false))
    .height(4)
    .span(8)
    .targets(targets(lines));
}

function targets(lines: readonly Line[]): DataqueryBuilder[] {
  return lines.map(({ query, legend }, index) =>
    new DataqueryBuilder()
      .datasource(datasource)
      .refId(String.fromCharCode(65 + index))
      .expr(query)
      .legendFormat(legend),
  );
}
