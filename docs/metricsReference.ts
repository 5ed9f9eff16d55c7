/** A metric as prom-client registers it. */
export interface RegisteredMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

const PREFIX = "asm_metrics_adapter_";

/** The reference of the adapter's metrics as Markdown: those of the adapter in two tables, those of Node.js by prefix. */
export function metricsReference(introduction: string, metrics: readonly RegisteredMetric[]): string {
  const own = metrics.filter(({ name }) => name.startsWith(PREFIX));
  const perMetric = own.filter(({ labelNames }) => labelNames.includes("hpa"));
  const whole = own.filter((metric) => !perMetric.includes(metric));
  return [
    introduction.trim(),
    "## The adapter",
    table(whole),
    "## Each metric of an HPA",
    "The labels `namespace` and `hpa` name the HPA. `metric` is the name of the metric in its `spec.metrics`, and `query` is the\nlast part of the annotation that has the query.",
    table(perMetric),
    "## The process",
    `The adapter also has the [default metrics of prom-client](https://github.com/siimon/prom-client#default-metrics) about its\nprocess and Node.js. Their names begin with ${prefixes(metrics)}.\n`,
  ].join("\n\n");
}

function table(metrics: readonly RegisteredMetric[]): string {
  const rows = [...metrics].sort((a, b) => (a.name < b.name ? -1 : 1)).map(row);
  return ["| Metric | Type | Labels | Meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function row({ name, type, labelNames, help }: RegisteredMetric): string {
  return `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(", ")} | ${help} |`;
}

/** The first words of the other names. */
function prefixes(metrics: readonly RegisteredMetric[]): string {
  const others = metrics.filter(({ name }) => !name.startsWith(PREFIX));
  return [...new Set(others.map(({ name }) => `\`${name.split("_")[0]}_\``))].sort().join(" and ");
}
