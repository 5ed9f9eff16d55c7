import { amount } from "./format";
import { date, type Tick, timeTicks, valueTicks } from "./plotAxes";
import { escaped, LEFT, PLOT, RIGHT, STYLE, WIDTH } from "./plotStyle";
import type { Run } from "./simulate";
import type { Capacity } from "./verdict";
import type { Subject } from "./words";

/** One run with its name and target, to be drawn. */
export interface Drawn {
  readonly name: string;
  readonly run: Run;
  readonly target: number;
}

const TOP = 122;
const GAP = 48;

/** A plot of values over time. */
interface Panel {
  readonly title: string;
  readonly height: number;
  readonly lines: readonly { readonly class: string; readonly values: ArrayLike<number> }[];
  /** Whether its values are whole numbers. */
  readonly whole?: boolean;
  readonly targets?: readonly { readonly class: string; readonly value: number }[];
  /** Above it, the area below the lines is shaded. */
  readonly limit?: number;
}

/**
 * Traffic, pods and load of each ready pod over time, of one or two runs over the same traffic, as SVG. The first run is
 * the new one. The time in which pods are above capacity is shaded, by the same capacity for both.
 */
export function svgPlot({ id, traffic, capacities, startsAt }: Subject, runs: readonly Drawn[]): string {
  const [[first], [limit]] = [runs, capacities];
  if (!first || !limit) throw new RangeError("there is nothing to draw");
  const { seconds } = first.run;
  const offered = offeredOf(first.run, limit);
  const classOf = (index: number) => (index === 0 ? "next" : "before");
  const loads = runs.map(({ run }) =>
    Float32Array.from(offeredOf(run, limit), (rate, at) => (rate === 0 ? 0 : rate / Math.max(run.ready[at] ?? 0, 1))),
  );
  // The new run is drawn last, on top.
  const panels: Panel[] = [
    { title: "Traffic, requests per second", height: 120, lines: [{ class: "traffic", values: offered }] },
    {
      ...{ title: "Pods", height: 140, whole: true },
      lines: runs.map(({ run }, index) => ({ class: classOf(index), values: run.replicas })).reverse(),
    },
    {
      ...{ title: "Load, requests per second of each ready pod", height: 180, limit: limit.requestsPerSecond },
      lines: loads.map((values, index) => ({ class: classOf(index), values })).reverse(),
      targets: runs.map(({ target }, index) => ({ class: classOf(index), value: target })).reverse(),
    },
  ];
  const times = timeTicks(seconds, startsAt);
  let top = TOP;
  const drawn = panels.map((panel) => {
    const text = panelOf(panel, top, times, seconds);
    top += panel.height + GAP;
    return text;
  });
  const title = `Backtest of ${id} on ${traffic}`;
  const when = startsAt === undefined ? "Time since the start" : `${period(startsAt, seconds)}, times in UTC`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top - 12}" role="img" aria-label="${escaped(title)}">` +
    `<title>${escaped(title)}</title><style>${STYLE}</style><text class="title" x="${LEFT}" y="24">${escaped(title)}</text>` +
    `<text class="small" x="${LEFT}" y="44">${escaped(when)}.</text><text class="small" x="${LEFT}" y="61">Shaded: a ready pod gets ` +
    `more than ${amount(limit.requestsPerSecond)} requests per second, ${escaped(limit.source)}.</text>` +
    `${legend(runs.map(({ name, target }, index) => ({ class: classOf(index), name, target })))}${drawn.join("")}</svg>\n`
  );
}

function offeredOf({ offered }: Run, { load }: Capacity): Float64Array {
  return offered[load] ?? new Float64Array();
}

function period(startsAt: number, seconds: number): string {
  const [from, to] = [date(startsAt), date(startsAt + seconds - 1)];
  return from === to ? from : `${from} to ${to}`;
}

function legend(runs: readonly { class: string; name: string; target: number }[]): string {
  return runs
    .map(({ class: run, name, target }, index) => {
      const x = LEFT + index * 330;
      const text = `${escaped(name)}; dotted: its target, ${amount(target)}`;
      return `<path class="${run}" d="M${x} 83h26"/><path class="${run} target" d="M${x + 30} 83h20"/><text x="${x + 56}" y="87">${text}</text>`;
    })
    .join("");
}

function panelOf(panel: Panel, top: number, times: readonly Tick[], seconds: number): string {
  const { title, height, lines, targets = [], limit, whole = false } = panel;
  const values = [...lines.map(({ values }) => greatest(values)), ...targets.map(({ value }) => value)];
  const ticks = valueTicks(Math.max(...values, limit ?? 0), whole);
  const most = ticks.at(-1)?.at ?? 1;
  const y = (value: number) => (top + height - (value / most) * height).toFixed(1);
  const x = (second: number) => (LEFT + (second / seconds) * PLOT).toFixed(1);
  const grid = ticks.map(
    ({ at, text }) =>
      `<path class="grid" d="M${LEFT} ${y(at)}h${PLOT}"/><text class="small" text-anchor="end" x="${LEFT - 6}" y="${Number(y(at)) + 4}">${text}</text>`,
  );
  const clock = times.map(
    ({ at, text }) =>
      `<path class="grid" d="M${x(at)} ${top}v${height}"/><text class="small" text-anchor="middle" x="${x(at)}" y="${top + height + 16}">${text}</text>`,
  );
  const shades =
    limit === undefined
      ? []
      : lines.map(({ class: run, values }) => `<path class="excess ${run}" d="${excess(values, limit, y)}"/>`);
  const paths = lines.map(({ class: run, values }) => `<path class="${run}" d="${stepped(values, y)}"/>`);
  const marks = targets.map(
    ({ class: run, value }) => `<path class="${run} target" d="M${LEFT} ${y(value)}h${PLOT}"/>`,
  );
  const line =
    limit === undefined
      ? ""
      : `<path class="limit" d="M${LEFT} ${y(limit)}h${PLOT}"/><text class="limit-text" text-anchor="end" x="${WIDTH - RIGHT}" y="${top - 8}">capacity ${amount(limit)}</text>`;
  return `<text x="${LEFT}" y="${top - 8}">${title}</text>${[...grid, ...clock, ...shades, ...marks, ...paths].join("")}${line}`;
}

/** The greatest value of the seconds that share each pixel, since that is what hurts, from left to right. */
function columnsOf(values: ArrayLike<number>): { x: string; value: number }[] {
  const columns = Math.min(PLOT, values.length);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.floor(((column + 1) * values.length) / columns);
    let value = 0;
    for (let at = from; at < to; at++) value = Math.max(value, values[at] ?? 0);
    return { x: (LEFT + (column * PLOT) / columns).toFixed(1), value };
  });
}

/** A line of steps. */
function stepped(values: ArrayLike<number>, y: (value: number) => string): string {
  let path = "";
  let before: string | undefined;
  for (const { x, value } of columnsOf(values)) {
    const height = y(value);
    if (height !== before) path += before === undefined ? `M${x} ${height}` : `H${x}V${height}`;
    before = height;
  }
  return `${path}H${LEFT + PLOT}`;
}

/** The area between the limit and the values above it. */
function excess(values: ArrayLike<number>, limit: number, y: (value: number) => string): string {
  return `${stepped(
    Float64Array.from(values, (value) => Math.max(value, limit)),
    y,
  )}V${y(limit)}H${LEFT}Z`;
}

function greatest(values: ArrayLike<number>): number {
  let most = 0;
  for (let at = 0; at < values.length; at++) most = Math.max(most, values[at] ?? 0);
  return most;
}
