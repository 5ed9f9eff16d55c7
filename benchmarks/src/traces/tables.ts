import type { Column, TraceResult } from "./replay.ts";

/** Columns of the tables with their titles. */
const TITLES = {
  steady: "Steady",
  fast: "Fast",
  direct: "Direct",
  day: "Day",
  week: "Week",
  directWeek: "Direct, Week",
  schedule: "schedule",
  sameCost: "lower target",
  tuned: "tuned",
  perfect: "perfect forecast",
  peakSize: "peak size",
} as const satisfies Readonly<Record<Column, string>>;

/** Those that can have requests above capacity. */
const ABOVE = ["steady", "fast", "direct", "day", "week", "directWeek", "schedule", "sameCost", "tuned"] as const;
const COSTS = [...ABOVE.slice(1), "perfect", "peakSize"] as const;
/** The pod start of the table of pod-hours, in seconds. They hardly depend on it. */
const COST_START = "60";

/** A generated part of the page: its name in the page, and its table. */
interface Part {
  readonly name: string;
  readonly table: (results: readonly TraceResult[]) => string;
}

const PARTS: readonly Part[] = [
  { name: "traces", table: tracesTable },
  ...["20", "60", "180"].map((start) => ({
    name: `above, ${start} s`,
    table: (results: readonly TraceResult[]) => aboveTable(results, start),
  })),
  { name: "pod-hours", table: podHoursTable },
  { name: "tuned", table: tunedTable },
];

/**
 * A page with its tables made anew from the results. Each stands after a line `<!-- table: NAME -->`.
 *
 * @throws RangeError if the page lacks one of the lines.
 */
export function withTables(page: string, results: readonly TraceResult[]): string {
  return PARTS.reduce((text, { name, table }) => {
    const line = `<!-- table: ${name} -->\n`;
    const at = text.indexOf(line);
    if (at < 0) throw new RangeError(`the page has no line ${line.trim()}`);
    const rest = text.slice(at + line.length).replace(/^\n*(\|.*\n)*\n*/, "");
    return `${text.slice(0, at)}${line}\n${table(results)}\n${rest}`;
  }, page);
}

function tracesTable(results: readonly TraceResult[]): string {
  return markdown([
    ["trace", "what", "pods at the peak", "scaled by"],
    ...results.map(({ name, about, peakPods, factor }) => [`\`${name}\``, about, String(peakPods), shown(factor)]),
  ]);
}

/** Requests above capacity of a million. */
function aboveTable(results: readonly TraceResult[], start: string): string {
  return markdown([
    ["trace", ...ABOVE.map((column) => TITLES[column])],
    ...results.map(({ name, requests, starts }) => [
      shortName(name),
      ...ABOVE.map((column) => perMillion(starts[start]?.columns[column].requestsAboveCapacity, requests)),
    ]),
  ]);
}

/** Pod-hours of Steady, and how much more or less the others have. */
function podHoursTable(results: readonly TraceResult[]): string {
  return markdown([
    ["trace", TITLES.steady, ...COSTS.map((column) => TITLES[column])],
    ...results.map(({ name, starts }) => {
      const columns = starts[COST_START]?.columns;
      const steady = columns?.steady.podHours ?? Number.NaN;
      const change = (column: Column) => percent((columns?.[column].podHours ?? Number.NaN) / steady - 1);
      return [shortName(name), steady.toLocaleString("en"), ...COSTS.map(change)];
    }),
  ]);
}

function tunedTable(results: readonly TraceResult[]): string {
  const starts = ["20", "60", "180"];
  return markdown([
    ["trace", ...starts.map((start) => `pods start in ${start} s`)],
    ...results.map((result) => [
      shortName(result.name),
      ...starts.map((start) => result.starts[start]?.tuned ?? "not tuned"),
    ]),
  ]);
}

function markdown(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows.map((cells) => `| ${cells.join(" | ")} |\n`);
  return [head, `|${" --- |".repeat(rows[0]?.length ?? 0)}\n`, ...body].join("");
}

const shortName = (name: string) => name.replace(/^synthetic-/, "");

function perMillion(above: number | undefined, requests: number): string {
  return shown(((above ?? Number.NaN) / requests) * 1e6);
}

/** Two digits below ten, and whole numbers above. */
function shown(value: number): string {
  if (value >= 9.95) return Math.round(value).toLocaleString("en");
  return value === 0 ? "0" : value.toFixed(1);
}

function percent(share: number): string {
  const rounded = Math.round(share * 100);
  return rounded > 0 ? `+${rounded} %` : rounded < 0 ? `−${-rounded} %` : "0 %";
}
