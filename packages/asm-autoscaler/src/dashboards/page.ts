import { type Dashboard, DashboardBuilder, type VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { PanelBuilder } from "./panel";
import { datasourceVariable } from "./variables";

/** A dashboard's frame. */
export interface PageArgs {
  readonly title: string;
  /** Stable, so that links to it last and a new version takes the place of the old one. */
  readonly uid: string;
  readonly description: string;
  /** The time that it shows first, such as `1h`. */
  readonly span: string;
  /** What the reader chooses, besides the Prometheus; in the order in which one depends on the other. */
  readonly variables: readonly VariableBuilder[];
  /** In reading order. */
  readonly panels: readonly PanelBuilder[];
}

interface VariableBuilder {
  build(): VariableModel;
}

/** A dashboard of these panels, in rows as they fit. */
export function page({ title, uid, description, span, variables, panels }: PageArgs): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["asm-autoscaler"])
    // It is provisioned: Grafana would lose what somebody changes in it.
    .readonly()
    .timezone("browser")
    .time({ from: `now-${span}`, to: "now" })
    .refresh("30s")
    .variables([datasourceVariable(), ...variables]);
  // Without ids of their own panels get those of the moment, and a link to one breaks.
  for (const [index, panel] of panels.entries()) builder.withPanel(panel.id(index + 1));
  return builder.build();
}
