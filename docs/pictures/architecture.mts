/**
 * Draws `architecture.svg` (light) and `architecture-dark.svg` from `architecture.txt`, which describes its own format.
 * Refuses a picture in which two texts overlap, a text lies across a line, or a text is wider than its box. With `--check` it writes nothing
 * and fails if a file is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Rect {
  readonly what: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const THEMES = {
  "architecture.svg": {
    page: "#fff",
    box: "#f3f6fa",
    line: "#545c66",
    text: "#1b1f24",
    small: "#545c66",
    arrow: "#0a5fd1",
  },
  "architecture-dark.svg": {
    page: "#12161b",
    box: "#1d242c",
    line: "#a6b0bb",
    text: "#e7eaee",
    small: "#a6b0bb",
    arrow: "#6fb0ff",
  },
};
const FONT = 14;
const SMALL = 12;
/** Width of a character as a share of the font size: more than the average of common sans-serif fonts. */
const CHARACTER = 0.56;
const DESCRIPTION =
  "Prometheus scrapes the sidecars. The adapter watches the HPAs and queries Prometheus. The HPA controller reads the adapter through the API server and scales the workload.";

const rects: Rect[] = [];
/** Boxes and the parts of arrows: no text lies across the edge of one. */
const edges: Rect[] = [];
const shapes: string[] = [];
let size = { w: 0, h: 0 };

function text(x: number, y: number, words: string, style: { small?: boolean; anchor?: string; fits?: number }): string {
  const { small = false, anchor = "middle", fits = Number.POSITIVE_INFINITY } = style;
  const w = words.length * (small ? SMALL : FONT) * CHARACTER;
  if (w > fits) throw new Error(`"${words}" needs ${Math.ceil(w)} of ${fits}`);
  const left = anchor === "start" ? x : anchor === "end" ? x - w : x - w / 2;
  rects.push({ what: words, x: left, y: y - 11, w, h: 14 });
  const escaped = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text${small ? ' class="small"' : ""} x="${x}" y="${y}" text-anchor="${anchor}">${escaped}</text>`;
}

function frame(kind: string, at: readonly number[], [title = "", second = ""]: string[]): void {
  const [x = 0, y = 0, w = 0, h = 0] = at;
  shapes.push(`<rect class="${kind}" x="${x}" y="${y}" width="${w}" height="${h}" rx="6"/>`);
  if (kind === "group") {
    shapes.push(text(x + w - 16, y + 24, title, { anchor: "end" }));
    return;
  }
  edges.push({ what: title, x, y, w, h });
  shapes.push(text(x + w / 2, y + h / 2 - 4, title, { fits: w }));
  shapes.push(text(x + w / 2, y + h / 2 + 16, second, { small: true, fits: w }));
}

function arrow(points: readonly string[], [label = "", at = "", anchor = "middle"]: string[]): void {
  shapes.push(`<path d="M${points.join("L")}" marker-end="url(#head)"/>`);
  const corners = points.map((point) => point.split(",").map(Number));
  for (const [index, [x2 = 0, y2 = 0]] of corners.slice(1).entries()) {
    const [x1 = 0, y1 = 0] = corners[index] ?? [];
    const [x, y, w, h] = [Math.min(x1, x2), Math.min(y1, y2), Math.abs(x2 - x1), Math.abs(y2 - y1)];
    edges.push({ what: `arrow ${points.join(" ")}`, x, y, w: w || 1, h: h || 1 });
  }
  const [x = 0, y = 0] = at ? at.split(",").map(Number) : (corners.at(-1) ?? []);
  // A label without a place of its own is a step: it stands to the right of the arrow's head.
  if (label !== "") shapes.push(text(at ? x : x + 14, at ? y : y - 4, label, { small: true, anchor }));
}

/** Texts that overlap another text, lie across a line or leave the picture. */
function overlaps(): string[] {
  const meets = (a: Rect, b: Rect) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
  const contains = (a: Rect, b: Rect) => a.x <= b.x && b.x + b.w <= a.x + a.w && a.y <= b.y && b.y + b.h <= a.y + a.h;
  return rects.flatMap((a, index) => [
    ...(a.x < 0 || a.y < 0 || a.x + a.w > size.w || a.y + a.h > size.h ? [`"${a.what}" leaves the picture`] : []),
    ...edges.flatMap((b) => (meets(a, b) && !contains(b, a) ? [`"${a.what}" crosses "${b.what}"`] : [])),
    ...rects.slice(index + 1).flatMap((b) => (meets(a, b) ? [`"${a.what}" overlaps "${b.what}"`] : [])),
  ]);
}

for (const line of readFileSync(new URL("architecture.txt", import.meta.url), "utf8").split("\n")) {
  const [head = "", ...fields] = line.split("|").map((field) => field.trim());
  const [kind = "", ...words] = head.split(/\s+/);
  if (kind === "size") size = { w: Number(words[0]), h: Number(words[1]) };
  else if (kind === "box" || kind === "group") frame(kind, words.map(Number), fields);
  else if (kind === "arrow") arrow(words, fields);
  else if (kind !== "" && !kind.startsWith("#")) throw new Error(`unknown line: ${line}`);
}
const wrong = overlaps();
if (wrong.length > 0) throw new Error(wrong.join("; "));

for (const [name, { page, box, line, text: ink, small, arrow: blue }] of Object.entries(THEMES)) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.w} ${size.h}" role="img" aria-label="Architecture"><desc>${DESCRIPTION}</desc><style>
  svg { font: ${FONT}px system-ui, sans-serif; background: ${page}; } text { fill: ${ink}; }
  .small { font-size: ${SMALL}px; fill: ${small}; } .box { fill: ${box}; stroke: ${line}; }
  .group { fill: none; stroke: ${line}; stroke-dasharray: 6 4; } path { fill: none; stroke: ${blue}; stroke-width: 1.6; } #head path { fill: ${blue}; stroke: none; }
  </style><defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${shapes.join("\n")}
</svg>
`;
  const file = new URL(name, import.meta.url);
  if (!process.argv.includes("--check")) writeFileSync(file, svg);
  else if (readFileSync(file, "utf8") !== svg)
    throw new Error(`${name} is out of date: run node docs/pictures/architecture.mts`);
}
