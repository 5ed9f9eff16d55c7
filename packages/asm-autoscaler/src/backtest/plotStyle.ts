/** Size of the plot, in pixels. */
export const WIDTH = 880;
export const LEFT = 56;
export const RIGHT = 24;
export const PLOT = WIDTH - LEFT - RIGHT;

/**
 * Colours that can be read on white and on black: an image in a page follows the reader's colour scheme. The two runs
 * also differ in their lines, for readers who do not see the colours.
 */
export const STYLE = `
  svg { font: 12px system-ui, sans-serif; background: #fff; }
  text { fill: #1b1f24; } .title { font-size: 15px; font-weight: 600; } .small { fill: #545c66; }
  path { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
  .grid { stroke: #d5dae0; stroke-width: 1; } .traffic { stroke: #545c66; }
  .next { stroke: #0a5fd1; } .before { stroke: #b25000; stroke-dasharray: 7 2; }
  .target { stroke-width: 1.2; stroke-dasharray: 2 4; } .limit { stroke: #a4161a; stroke-width: 1.4; }
  .excess { stroke: none; fill-opacity: 0.35; } .excess.next { fill: #0a5fd1; } .excess.before { fill: #b25000; }
  .limit-text { fill: #a4161a; }
  @media (prefers-color-scheme: dark) {
    svg { background: #12161b; } text { fill: #e7eaee; } .small { fill: #a6b0bb; } .grid { stroke: #39424d; }
    .traffic { stroke: #a6b0bb; } .next { stroke: #6fb0ff; } .before { stroke: #f0a45c; } .limit { stroke: #ffb0a8; }
    .excess.next { fill: #6fb0ff; } .excess.before { fill: #f0a45c; } .limit-text { fill: #ffb0a8; }
  }`;

/** Text for XML and HTML. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
