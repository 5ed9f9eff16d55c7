import uPlot from "uplot";
import type { MetricStatus } from "../src/status/statusJson.ts";
import { changesOf, type Span, spanWords } from "./changes.ts";
import { amount, clock } from "./words.ts";

/** A plot of one metric's history, as wide as its place. */
export interface Plot {
  readonly root: HTMLElement;
  /** @param span The time that the plot shows. */
  show(metric: MetricStatus | undefined, span: Span | undefined): void;
  /** Ends the plot when it is not shown any more. */
  remove(): void;
}

const HEIGHTS = { spark: 64, chart: 280 } as const;
/** Room for the numbers of pods above a chart, in CSS pixels. */
const CHART_TOP = 22;

interface Shown {
  metric: MetricStatus | undefined;
  span: Span | undefined;
}

/** An empty plot; a `spark` has no axes. Colours are those of the style sheet, also when light turns dark. */
export function createPlot(kind: keyof typeof HEIGHTS): Plot {
  const root = document.createElement("div");
  root.className = `plot-${kind}`;
  root.setAttribute("role", "img");
  let plot: uPlot | undefined;
  let drawn: string | undefined;
  let shown: Shown = { metric: undefined, span: undefined };
  const size = () => ({ width: root.clientWidth, height: HEIGHTS[kind] });

  const draw = () => {
    const data = dataOf(shown.metric);
    root.classList.toggle("empty", data === undefined);
    root.style.height = `${HEIGHTS[data ? kind : "spark"]}px`;
    if (!data) {
      plot?.destroy();
      plot = undefined;
    } else if (plot) plot.setData(data);
    else plot = new uPlot({ ...options(kind, () => shown), ...size() }, data, root);
  };
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const redraw = () => plot?.redraw();
  isDark.addEventListener("change", redraw);
  const resized = new ResizeObserver(() => {
    if (root.clientWidth > 0) plot?.setSize(size());
  });
  resized.observe(root);
  return {
    root,
    show(metric, span) {
      shown = { metric, span };
      root.setAttribute("aria-label", describe(shown));
      const next = JSON.stringify([metric?.history, metric?.goal, span]);
      if (next === drawn) return;
      drawn = next;
      draw();
    },
    remove() {
      resized.disconnect();
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
  const times = readings.map((_, index) => (first + index * stepMs) / 1000);
  return [times, [...readings], capacity, [...(metric.history.anticipated ?? readings.map(() => null))]];
}

function options(kind: keyof typeof HEIGHTS, shown: () => Shown): Omit<uPlot.Options, "width" | "height"> {
  const isSpark = kind === "spark";
  const axis = { stroke: () => colour("--muted"), grid: { stroke: () => colour("--line"), width: 1 } };
  const { metric } = shown();
  return {
    legend: { show: false },
    cursor: { show: false },
    padding: isSpark ? [4, 0, 4, 0] : [CHART_TOP, 16, 0, 0],
    // Times are in UTC everywhere on the page.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    scales: {
      x: {
        time: true,
        range(_, least, most) {
          const { span } = shown();
          return span ? [span.from / 1000, span.until / 1000] : [least, most];
        },
      },
      y: { range: (_, __, most) => [0, Math.max(most ?? 0, 1e-9) * 1.1] },
    },
    axes: isSpark
      ? [{ show: false }, { show: false }]
      : [
          { ...axis, values: (_, seconds) => seconds.map((second) => clock(second * 1000).replace(/:00$/, "")) },
          {
            ...axis,
            size: 70,
            label: metric?.unit ?? metric?.name ?? "",
            values: (_, values) => values.map(amount),
          },
        ],
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
        ...(uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
      },
      {
        stroke: () => colour("--anticipated"),
        width: 2,
        dash: [6, 4],
        points: { show: false },
        ...(uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
      },
    ],
    hooks: { draw: [(plot) => drawChanges(plot, shown().metric, !isSpark)] },
  };
}

/**
 * Draws a line where the number of pods changed. Above a chart it also writes the change, such as `3 → 4`; changes that
 * are too close together for that are one text, such as `1 → 5`.
 */
function drawChanges(plot: uPlot, metric: MetricStatus | undefined, isLabelled: boolean): void {
  const { ctx, bbox } = plot;
  const changes = changesOf(metric?.history).map((change) => ({
    ...change,
    x: Math.round(plot.valToPos(change.at / 1000, "x", true)),
  }));
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour("--muted");
  ctx.lineWidth = uPlot.pxRatio;
  ctx.setLineDash([2 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
  ctx.beginPath();
  for (const { x } of changes) {
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  }
  ctx.stroke();
  if (isLabelled) {
    ctx.font = `${12 * uPlot.pxRatio}px system-ui, sans-serif`;
    ctx.textAlign = "center";
    const width = ctx.measureText("100 → 100").width;
    const labels: { x: number; from: number; to: number; last: number }[] = [];
    for (const { x, from, to } of changes) {
      const before = labels.at(-1);
      if (before && x - before.last < width) Object.assign(before, { to, last: x });
      else labels.push({ x, from, to, last: x });
    }
    for (const { x, last, from, to } of labels)
      ctx.fillText(`${from} → ${to}`, (x + last) / 2, bbox.top - 8 * uPlot.pxRatio);
  }
  ctx.restore();
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}

/** What the plot shows, for those who do not see it. */
function describe({ metric, span }: Shown): string {
  const when = `in the ${spanWords(span).toLowerCase()}`;
  const known = metric?.history?.readings.filter((value) => value !== null) ?? [];
  if (!metric || known.length === 0) return `No reading ${when}`;
  const counts = metric.history?.replicas.filter((count) => count !== null) ?? [];
  const range = (values: number[]) => {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return least === most ? amount(most) : `${amount(least)} to ${amount(most)}`;
  };
  const pods = counts.every((count) => count === 1) ? "pod" : "pods";
  return `${metric.unit ?? metric.name}: ${range(known)} ${when}${counts.length > 0 ? `, with ${range(counts)} ${pods}` : ""}`;
}
