import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { describe, expect, test } from "@jest/globals";
import { adapterDashboard, fleetDashboard, trafficDashboard } from ".";

/**
 * The rules of Grafana's dashboard linter for Prometheus, by their names there, and what the dashboards do otherwise with
 * the reason. The linter itself does not run here: the Go checksum database does not know its module.
 * Source: https://github.com/grafana/dashboard-linter/blob/main/docs/index.md
 */

interface Panel {
  title: string;
  description: string;
  type: string;
  datasource: { uid: string };
  fieldConfig: { defaults: { unit: string } };
  options: { legend?: { showLegend: boolean }; reduceOptions?: { calcs: string[] } };
  targets: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}

interface Variable {
  type: string;
  name: string;
  label: string;
  query: string;
  refresh?: number;
  datasource?: { uid: string };
}

interface Built {
  editable: boolean;
  panels: Panel[];
  templating: { list: Variable[] };
}

/** Units of Grafana that the dashboards use: packages/grafana-data/src/valueFormats/categories.ts in its repository. */
const UNITS = ["short", "reqps", "ops", "ms", "s", "percentunit", "bytes", "Bps"];
const ON_TIME_RANGE = 2;
const SOURCE = `\${datasource}`;

/** Counters that a query reads without `rate`, by panel, and why. */
const RAW_COUNTERS: Readonly<Record<string, string>> = {
  "Open TCP connections": "the difference of two counters is the number of open connections",
  "Pods with traffic": "the query counts series, not requests",
};

/** Ranges of a rate, and those of what is anticipated: its lead and the hour that growth is computed from. */
const FIXED_RANGES = /\[(?:\$__rate_interval|10m:1m|1h:5m)\]/g;

const rawCounters = (query: string) => query.match(/\b\w+_total(?:\{[^}]*\})?(?!\w*[[{\w])/g) ?? [];
const selectors = (query: string) => query.match(/\b[a-z_]\w*\{[^}]*\}/g) ?? [];

describe.each([
  ["traffic", trafficDashboard],
  ["adapter", adapterDashboard],
  ["fleet", fleetDashboard],
])("the %s dashboard follows", (name, make: () => Dashboard) => {
  const { editable, panels, templating }: Built = JSON.parse(JSON.stringify(make()));
  const [source, ...variables] = templating.list;
  const targets = panels.flatMap(({ title, targets: own }) => own.map((target) => ({ title, ...target })));

  test("uneditable-dashboard", () => expect(editable).toBe(false));

  test("template-datasource-rule", () => {
    expect(source).toMatchObject({ type: "datasource", name: "datasource", label: "Data source", query: "prometheus" });
  });

  test("template-on-time-change-reload-rule and template-label-promql-rule", () => {
    for (const { type, query, refresh, datasource } of variables.filter((one) => one.type !== "custom")) {
      expect(query).toMatch(/^label_values\([a-z_]\w*(\{.*\})?, \w+\)$/);
      expect([type, refresh, datasource?.uid]).toEqual(["query", ON_TIME_RANGE, SOURCE]);
    }
  });

  test("panel-datasource-rule, panel-title-description-rule, panel-units-rule and panel-no-targets-rule", () => {
    for (const panel of panels) {
      expect([panel.title, panel.description]).not.toContain("");
      expect(UNITS).toContain(panel.fieldConfig.defaults.unit);
      expect(panel.targets.length).toBeGreaterThan(0);
      const sources = [panel.datasource, ...panel.targets.map(({ datasource }) => datasource)];
      expect(new Set(sources.map(({ uid }) => uid))).toEqual(new Set([SOURCE]));
    }
  });

  test("target-rate-interval-rule", () => {
    for (const { expr } of targets) expect(expr.replace(FIXED_RANGES, "")).not.toContain("[");
  });

  test("target-counter-agg-rule, but for what is no rate", () => {
    for (const { title, expr } of targets.filter((target) => RAW_COUNTERS[target.title] === undefined))
      expect([title, rawCounters(expr)]).toEqual([title, []]);
  });

  // The linter wants several jobs at once (`=~`) and a choice of instances. One job is chosen, because the figures of an
  // adapter and of the one that takes over from it must not be added up. Pods are the series of each panel.
  test("template-job-rule and target-job-rule for the adapter's own metrics, with one job at a time", () => {
    const own = targets.flatMap(({ expr }) => selectors(expr)).filter((text) => !/^(istio|kube)_/.test(text));
    for (const selector of own) expect(selector).toContain('job="$job"');
    expect(own.length > 0).toBe(name !== "traffic");
    expect(variables.map(({ label }) => label).includes("Job")).toBe(name !== "traffic");
  });

  test("a rule of our own: a graph has a legend with a name for each line, and a figure is the last value", () => {
    for (const { type, title, options, targets: own } of panels) {
      if (type === "timeseries") expect([title, options.legend?.showLegend]).toEqual([title, true]);
      else expect([title, options.reduceOptions?.calcs]).toEqual([title, ["lastNotNull"]]);
      for (const { legendFormat } of own) expect(legendFormat).not.toBe("");
    }
  });
});

test("no exception of the linter's rules is without use", () => {
  const panels = [trafficDashboard, adapterDashboard, fleetDashboard].flatMap(
    (make) => (JSON.parse(JSON.stringify(make())) as Built).panels,
  );
  const needed = panels.filter(({ targets }) => targets.some(({ expr }) => rawCounters(expr).length > 0));
  expect(Object.keys(RAW_COUNTERS)).toEqual(needed.map(({ title }) => title));
});
