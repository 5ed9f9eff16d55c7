/** One line of a plot: its name and its points, both coordinates above zero. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

const WIDTH = 640;
const LEFT = 64;
const RIGHT = 28;
const TOP = 32;
const ROW = 18;
const PLOT_HEIGHT = 260;
const BOTTOM = 44;
/** Seen on white and on black. */
const COLOURS = ["#1f77d0", "#e07b00", "#2a9d3a", "#b04fc4"];

/**
 * A plot of what grows with a number on a logarithmic axis, as SVG. Its values have a logarithmic axis too where they
 * span more than NEAR; otherwise their axis is linear and begins at 0. Text and axes have a grey that is read on light
 * and on dark.
 */
export function growthPlot(title: string, axis: string, lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points);
  const top = TOP + lines.length * ROW;
  const bottom = top + PLOT_HEIGHT;
  const x = logScale(
    points.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = valueScale(
    points.map(([, value]) => value),
    bottom,
    top,
  );
  const grid = [
    ...x.ticks.map((value) => {
      const at = x.at(value).toFixed(1);
      const label = `<text x="${at}" y="${bottom + 16}" text-anchor="middle">${amount(value)}</text>`;
      return `${rule(at, top, at, bottom)}${label}`;
    }),
    ...y.ticks.map((value) => {
      const at = y.at(value);
      const label = `<text x="${LEFT - 6}" y="${(at + 4).toFixed(1)}" text-anchor="end">${amount(value)}</text>`;
      return `${rule(LEFT, at.toFixed(1), WIDTH - RIGHT, at.toFixed(1))}${label}`;
    }),
  ];
  const drawn = lines.map((line, index) => drawnLine(line, index, x.at, y.at));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + BOTTOM}" role="img" aria-label="${text(title)}" font-family="sans-serif" font-size="12" fill="#777">
<text x="${LEFT}" y="20" font-size="14">${text(title)}</text>
${[...grid, ...drawn].join("\n")}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${bottom + BOTTOM - 8}" text-anchor="middle">${text(axis)}</text>
</svg>
`;
}

interface Scale {
  readonly ticks: readonly number[];
  /** Pixels of a value. */
  at(value: number): number;
}

/** Ratio of the greatest to the least value up to which a linear axis shows all of them. */
const NEAR = 4;

/** The scale of values: from 0 if they are near each other, otherwise logarithmic. */
export function valueScale(values: readonly number[], from: number, to: number): Scale {
  const most = Math.max(...values);
  if (most / Math.min(...values) > NEAR) return logScale(values, from, to);
  const step =
    ROUND.map((round) => round * 10 ** Math.floor(Math.log10(most / 5))).find((one) => most / one <= 6) ?? most;
  const count = Math.ceil(most / step);
  const ticks = Array.from({ length: count + 1 }, (_, index) => index * step);
  return { ticks, at: (value) => from + (value / (count * step)) * (to - from) };
}

/** A logarithmic scale between round numbers. It has a tick for each of them, or for each power of ten if there are many. */
export function logScale(values: readonly number[], from: number, to: number): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const rounds = roundNumbers(least, most);
  const [low, high] = [rounds[0] ?? least, rounds.at(-1) ?? most];
  const tens = rounds.filter((value) => Number.isInteger(Number(Math.log10(value).toFixed(9))));
  const at = (value: number) => from + (Math.log(value / low) / Math.log(high / low)) * (to - from);
  return { ticks: rounds.length > MOST_TICKS ? tens : rounds, at };
}

const MOST_TICKS = 9;
const ROUND = [1, 2, 5, 10];

/** The numbers 1, 2 and 5 times a power of ten, from the last one that is not above `least` to the first not below `most`. */
function roundNumbers(least: number, most: number): number[] {
  // One power more on either side: the logarithm of 999999.999999999 is 6.
  const [low, high] = [Math.floor(Math.log10(least)) - 1, Math.ceil(Math.log10(most)) + 1];
  const all = Array.from({ length: high - low + 1 }, (_, index) => low + index).flatMap((exponent) =>
    [1, 2, 5].map((round) => Number(`${round}e${exponent}`)),
  );
  const first = all.findLastIndex((value) => value <= least);
  const last = all.findIndex((value) => value >= most);
  return all.slice(Math.max(0, first), Math.max(last, first + 1) + 1);
}

function rule(x1: string | number, y1: string | number, x2: string | number, y2: string | number): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#777" stroke-opacity="0.3"/>`;
}

function drawnLine({ name, points }: Line, index: number, x: (value: number) => number, y: (value: number) => number) {
  const colour = COLOURS[index % COLOURS.length];
  const places = points.map(([a, b]) => [x(a).toFixed(1), y(b).toFixed(1)]);
  const dots = places.map(([a, b]) => `<circle cx="${a}" cy="${b}" r="3"/>`).join("");
  const row = TOP + index * ROW + 8;
  const key = `<circle cx="${LEFT + 4}" cy="${row - 4}" r="4"/><text x="${LEFT + 14}" y="${row}">${text(name)}</text>`;
  return `<g fill="${colour}"><polyline points="${places.map((place) => place.join(",")).join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}${key}</g>`;
}

function amount(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 3 });
}

function text(plain: string): string {
  return plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
