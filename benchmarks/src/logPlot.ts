/** One line of a plot: its name and its points, both coordinates above zero. */
export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
}

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 64;
const RIGHT = 28;
const TOP = 40;
const BOTTOM = 44;
const ROW = 16;
/** Seen on white and on black. */
const COLOURS = ["#1f77d0", "#e07b00", "#2a9d3a", "#b04fc4"];

/** A plot on two log axes as SVG. Text and axes take the colour of a grey that is read on light and on dark. */
export function logPlot(title: string, axis: string, lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points);
  const x = scale(
    points.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scale(
    points.map(([, value]) => value),
    HEIGHT - BOTTOM,
    TOP + lines.length * ROW,
  );
  const grid = [
    ...x.decades.map((value) => rule(x.at(value), TOP, x.at(value), HEIGHT - BOTTOM, value, "x")),
    ...y.decades.map((value) => rule(LEFT, y.at(value), WIDTH - RIGHT, y.at(value), value, "y")),
  ];
  const drawn = lines.map((line, index) => drawnLine(line, index, x.at, y.at));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${text(title)}" font-family="sans-serif" font-size="12" fill="#777">
<text x="${LEFT}" y="20" font-size="14">${text(title)}</text>
${[...grid, ...drawn].join("\n")}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${text(axis)}</text>
</svg>
`;
}

function scale(values: readonly number[], from: number, to: number) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const decades = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  const at = (value: number) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  return { decades, at };
}

function rule(x1: number, y1: number, x2: number, y2: number, value: number, axis: "x" | "y"): string {
  const label =
    axis === "x"
      ? `<text x="${x1.toFixed(1)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${value.toLocaleString("en")}</text>`
      : `<text x="${LEFT - 6}" y="${(y1 + 4).toFixed(1)}" text-anchor="end">${value.toLocaleString("en", { maximumFractionDigits: 3 })}</text>`;
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#777" stroke-opacity="0.3"/>${label}`;
}

function drawnLine({ name, points }: Line, index: number, x: (value: number) => number, y: (value: number) => number) {
  const colour = COLOURS[index % COLOURS.length];
  const places = points.map(([a, b]) => [x(a).toFixed(1), y(b).toFixed(1)]);
  const dots = places.map(([a, b]) => `<circle cx="${a}" cy="${b}" r="3"/>`).join("");
  const row = TOP + (index + 0.5) * ROW;
  return `<g fill="${colour}"><polyline points="${places.map((place) => place.join(",")).join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}<text x="${LEFT + 8}" y="${row}">${text(name)}</text></g>`;
}

function text(plain: string): string {
  return plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
