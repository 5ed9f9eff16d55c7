import uPlot from "uplot";
import type { MetricStatus } from "../src/status/statusJson.ts";
import { amount } from "./words.ts";

/** A plot of the last fifteen minutes of one metric. */
export interface Plot {
  readonly root: HTMLElement;
  show(metric: MetricStatus | undefined): void;
  /** It is shown no more, and holds nothing. */
  remove(): void;
}

const HEIGHTS = { spark: 64, chart: 260 } as const;

/** An empty plot; a `spark` has no axes. Colours are those of the style sheet, also when light turns dark. */
export function createPlot(kind: keyof typeof HEIGHTS, width: () => number): Plot {
  const root = document.createElement("div");
  root.className = `plot-${kind}`;
  root.setAttribute("role", "img");
  root.style.height = `${HEIGHTS[kind]}px`;
  let plot: uPlot | undefined;
  let shown: string | undefined;
  let metric: MetricStatus | undefined;

  const draw = () => {
    const data = dataOf(metric);
    if (data) {
      plot ??= new uPlot({ ...options(kind, () => metric), width: width(), height: HEIGHTS[kind] }, data, root);
      plot.setData(data);
    }
    root.classList.toggle("empty", data === undefined);
    if (!data) {
      plot?.destroy();
      plot = undefined;
    }
  };
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const redraw = () => plot?.redraw();
  isDark.addEventListener("change", redraw);
  return {
    root,
    show(next) {
      metric = next;
      root.setAttribute("aria-label", describe(next));
      const drawn = JSON.stringify([next?.history, next?.goal]);
      if (drawn === shown) return;
      shown = drawn;
      draw();
    },
    remove() {
      isDark.removeEventListener("change", redraw);
      plot?.destroy();
    },
  };
}

/** Times in Unix seconds, readings, and what the pods should carry together (or the target itself where it is one for all). */
function dataOf(metric: MetricStatus | undefined): uPlot.AlignedData | undefined {
  if (!metric?.history) return undefined;
  const { endsAt, stepMs, readings, replicas } = metric.history;
  const first = endsAt - (readings.length - 1) * stepMs;
  const capacity = replicas.map((count) =>
    metric.goal.kind === "averageValue" ? (count === null ? null : count * metric.goal.value) : metric.goal.value,
  );
  return [readings.map((_, index) => (first + index * stepMs) / 1000), [...readings], capacity];
}

function options(
  kind: keyof typeof HEIGHTS,
  metric: () => MetricStatus | undefined,
): Omit<uPlot.Options, "width" | "height"> {
  const isSpark = kind === "spark";
  const axis = { stroke: () => colour("--muted"), grid: { stroke: () => colour("--line"), width: 1 } };
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: isSpark ? [4, 2, 4, 2] : [8, 16, 0, 0],
    scales: { x: { time: true }, y: { range: (_, __, most) => [0, Math.max(most ?? 0, 1e-9) * 1.1] } },
    axes: isSpark
      ? [{ show: false }, { show: false }]
      : [axis, { ...axis, size: 70, label: metric()?.unit ?? metric()?.name ?? "" }],
    series: [
      {},
      {
        stroke: () => colour("--reading"),
        fill: () => colour("--area"),
        width: 2,
        points: { show: false },
      },
      {
        stroke: () => colour("--capacity"),
        width: 2,
        points: { show: false },
        ...(uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: -1 }) } : {}),
      },
    ],
  };
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}

/** What the plot shows, for those who do not see it. */
function describe(metric: MetricStatus | undefined): string {
  const known = metric?.history?.readings.filter((value) => value !== null) ?? [];
  if (!metric || known.length === 0) return "No reading in the last 15 minutes";
  const counts = metric.history?.replicas.filter((count) => count !== null) ?? [];
  const range = (values: number[]) => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return least === most ? amount(most) : `${amount(least)} to ${amount(most)}`;
  };
  const pods = counts.every((count) => count === 1) ? "pod" : "pods";
  return `${metric.unit ?? metric.name}: ${range(known)} in the last 15 minutes${counts.length > 0 ? `, with ${range(counts)} ${pods}` : ""}`;
}
