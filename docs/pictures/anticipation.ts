import { anticipatedLoad } from "../../packages/hpa-metrics/src/anticipate/value";

/** The picture of docs/explanation/anticipation.md: a morning, the mornings before, and what is anticipated. */

const DAY = 86_400;
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [680, 360, 56, 20, 84, 40];
/** Hours of the day that are shown, and the most load. */
const [FROM, TO, MOST] = [6, 10, 500];
const anticipate = { periodSeconds: DAY, leadSeconds: 600, periods: 3, growth: true };

/** Load at a time in seconds. Day 3 is today, with a third more. On day 1 there was an attack from 7:00 to 7:20. */
function load(time: number): number {
  const [day, hour] = [Math.floor(time / DAY), (time % DAY) / 3600];
  const rise = 1 / (1 + Math.exp(-(hour - 8) * 14));
  const usual = 40 + 200 * rise + 12 * Math.sin(hour * 7 + day);
  const isAttack = day === 1 && hour >= 7 && hour < 7 + 1 / 3;
  return (isAttack ? 460 : usual) * (day === 3 ? 4 / 3 : 1);
}

const minutes = Array.from({ length: (TO - FROM) * 60 + 1 }, (_, minute) => FROM * 3600 + minute * 60);
const x = (second: number) => LEFT + ((second / 3600 - FROM) / (TO - FROM)) * (WIDTH - LEFT - RIGHT);
const y = (value: number) => HEIGHT - BOTTOM - (value / MOST) * (HEIGHT - TOP - BOTTOM);

function line(valueAt: (second: number) => number, style: string): string {
  const points = minutes.map((second) => `${x(second).toFixed(1)},${y(valueAt(second)).toFixed(1)}`);
  return `<polyline points="${points.join(" ")}" fill="none" ${style}/>`;
}

function legend(at: number, row: number, style: string, words: string): string {
  const height = 26 + row * 20;
  return `<line x1="${at}" y1="${height}" x2="${at + 28}" y2="${height}" ${style}/><text x="${at + 34}" y="${height + 4}">${words}</text>`;
}

const PAST = 'stroke="#888" stroke-width="1"';
const NOW = 'stroke="#1f77d0" stroke-width="2.5"';
const AHEAD = 'stroke="#8a4fd0" stroke-width="2.5" stroke-dasharray="6 4"';

/** The picture as SVG. Its colours can be seen on white and on black. */
export function anticipationPicture(): string {
  const grid = [0, 100, 200, 300, 400, 500].map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}" stroke="#888" stroke-opacity="0.25"/><text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${value}</text>`,
  );
  const hours = [6, 7, 8, 9, 10].map(
    (hour) => `<text x="${x(hour * 3600)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${hour}:00</text>`,
  );
  const before = [0, 1, 2].map((day) => line((second) => load(day * DAY + second), PAST));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Requests per second of a morning and what is anticipated" font-family="sans-serif" font-size="12" fill="#777">
${[...grid, ...hours, ...before].join("\n")}
${line((second) => load(3 * DAY + second), NOW)}
${line((second) => anticipatedLoad(anticipate, 3 * DAY + second, load), AHEAD)}
${legend(LEFT, 0, NOW, "today, requests per second")}
${legend(LEFT + 240, 0, PAST, "the three days before, one with an attack")}
${legend(LEFT, 1, AHEAD, "anticipated for the next 10 minutes")}
</svg>
`;
}
