import { mkdirSync, writeFileSync } from "node:fs";
import { growthPlot, type Line } from "./growthPlot.ts";

const pictures = new URL("../../docs/pictures/", import.meta.url);

/** Draws a plot of growth into docs/pictures, over a number of what `axis` names. */
export function drawGrowth(name: string, title: string, axis: string, lines: readonly Line[]): void {
  mkdirSync(pictures, { recursive: true });
  writeFileSync(new URL(`${name}.svg`, pictures), growthPlot(title, axis, lines));
}
