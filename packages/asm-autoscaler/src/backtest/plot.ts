import type { Run } from "./simulate";

/** One run with its name and target, to be drawn. */
export interface Drawn {
  readonly name: string;
  readonly run: Run;
  readonly target: number;
}

const WIDTH = 860;
const LEFT = 56;
const RIGHT = 28;
const PLOT = WIDTH - LEFT - RIGHT;
const HEIGHTS = [130, 150, 150] as const;
const GAP = 46;
const TOP = 62;

/** Colours that are read on white and on black: an image of a page follows its reader's scheme. */
const STYLE = `
  svg { font: 12px system-ui, sans-serif; background: #fff; }
  text { fill: #1b1f24; } .small { fill: #545c66; } .grid { stroke: #d5dae0; }
  .traffic { stroke: #545c66; } .next { stroke: #0a5fd1; } .before { stroke: #b25000; } .target { stroke: #a4161a; stroke-dasharray: 5 4; }
  path { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
  @media (prefers-color-scheme: dark) {
    svg { background: #12161b; } text { fill: #e7eaee; } .small { fill: #a6b0bb; } .grid { stroke: #39424d; }
    .traffic { stroke: #a6b0bb; } .next { stroke: #6fb0ff; } .before { stroke: #f0a45c; } .target { stroke: #ffb0a8; }
  }`;

/**
 * Replicas over time, and what each ready pod gets, of one or two runs over the same traffic, as SVG. The first is the
 * new one.
 */
export function svgPlot(title: string, runs: readonly Drawn[]): string {
  const [first] = runs;
  if (!first) throw new RangeError("there is nothing to draw");
  const { seconds, offered } = first.run;
  const classOf = (index: number) => (index === 0 ? "next" : "before");
  const loads = runs.map(({ run }) =>
    Float32Array.from(run.offered, (rate, at) => (rate === 0 ? 0 : rate / Math.max(run.ready[at] ?? 0, 1))),
  );
  const panels = [
    { title: "requests per second", lines: [{ class: "traffic", values: offered }], marks: [] },
    {
      title: "pods",
      lines: runs.map(({ run }, index) => ({ class: classOf(index), values: run.replicas })).reverse(),
      marks: [],
    },
    {
      title: "requests per second of each ready pod, and the target",
      lines: loads.map((values, index) => ({ class: classOf(index), values })).reverse(),
      marks: [...new Set(runs.map(({ target }) => target))],
    },
  ];
  let top = TOP;
  const drawn = panels.map((panel, index) => {
    const height = HEIGHTS[index] ?? HEIGHTS[0];
    const text = panelOf(panel, top, height, seconds);
    top += height + GAP;
    return text;
  });
  const legend = runs
    .map(
      ({ name }, index) =>
        `<path class="${classOf(index)}" d="M${LEFT + index * 260} 24h22"/><text x="${LEFT + 28 + index * 260}" y="28">${escaped(name)}</text>`,
    )
    .join("");
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" role="img" aria-label="${escaped(title)}">` +
    `<style>${STYLE}</style>${legend}${drawn.join("")}</svg>\n`
  );
}

interface Panel {
  readonly title: string;
  readonly lines: readonly { class: string; values: ArrayLike<number> }[];
  readonly marks: readonly number[];
}

function panelOf({ title, lines, marks }: Panel, top: number, height: number, seconds: number): string {
  const most = Math.max(1e-9, ...marks, ...lines.map(({ values }) => greatest(values))) * 1.08;
  const y = (value: number) => (top + height - (value / most) * height).toFixed(1);
  const ticks = niceTicks(most).map(
    (tick) =>
      `<path class="grid" d="M${LEFT} ${y(tick)}h${PLOT}"/><text class="small" text-anchor="end" x="${LEFT - 6}" y="${Number(y(tick)) + 4}">${tick}</text>`,
  );
  const hours = timeTicks(seconds).map(
    ({ second, text }) =>
      `<text class="small" text-anchor="middle" x="${(LEFT + (second / seconds) * PLOT).toFixed(1)}" y="${top + height + 16}">${text}</text>`,
  );
  const targets = marks.map((mark) => `<path class="target" d="M${LEFT} ${y(mark)}h${PLOT}"/>`);
  const paths = lines.map(({ class: name, values }) => `<path class="${name}" d="${stepped(values, y)}"/>`);
  return `<text x="${LEFT}" y="${top - 8}">${title}</text>${ticks.join("")}${hours.join("")}${targets.join("")}${paths.join("")}`;
}

/** A line of steps; of the seconds that share a pixel the greatest is drawn, since that is what hurts. */
function stepped(values: ArrayLike<number>, y: (value: number) => string): string {
  const columns = Math.min(PLOT, values.length);
  let path = "";
  let before: string | undefined;
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.floor(((column + 1) * values.length) / columns);
    let most = 0;
    for (let at = from; at < to; at++) most = Math.max(most, values[at] ?? 0);
    const height = y(most);
    const x = (LEFT + (column * PLOT) / columns).toFixed(1);
    if (height !== before) path += before === undefined ? `M${x} ${height}` : `H${x}V${height}`;
    before = height;
  }
  return `${path}H${LEFT + PLOT}`;
}

function greatest(values: ArrayLike<number>): number {
  let most = 0;
  for (let at = 0; at < values.length; at++) most = Math.max(most, values[at] ?? 0);
  return most;
}

/** Three or four round numbers from 0 on. */
function niceTicks(most: number): number[] {
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

function timeTicks(seconds: number): { second: number; text: string }[] {
  const [unit, word] = seconds >= 2 * 86_400 ? [86_400, "d"] : seconds >= 2 * 3_600 ? [3_600, "h"] : [60, "min"];
  const step = Math.max(1, Math.ceil(seconds / Number(unit) / 10));
  const count = Math.floor(seconds / Number(unit) / step);
  return Array.from({ length: count + 1 }, (_, index) => ({
    second: index * step * Number(unit),
    text: `${index * step}${index === 0 ? "" : ` ${word}`}`,
  }));
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
