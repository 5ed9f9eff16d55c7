import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { V1Container } from "@kubernetes/client-node";
import type { Mount } from "./sandbox.ts";

/** Folder of the adapter in its image (adapter/Dockerfile). */
const IN_IMAGE = "/opt/asm-metrics-adapter";
const adapter = fileURLToPath(new URL("../../../../adapter", import.meta.url));

/** Whether a container has the adapter's image, such as `ghcr.io/asm-autoscaler/asm-metrics-adapter:1.0.0`. */
export function hasAdapterImage({ image = "" }: V1Container): boolean {
  return /(^|\/)asm-metrics-adapter[:@][^/]+$/.test(image);
}

/** What the image adds to the Node.js image: the adapter that `npm run build` made in this checkout. */
export const adapterImageMounts: readonly Mount[] = ["bin", "dist"].map((name) => ({
  source: `${adapter}/${name}`,
  target: `${IN_IMAGE}/${name}`,
  readOnly: true,
}));

/** The image's command is a script below /usr, which is this machine's here. So the command of the script is run. */
export function adapterCommand([program, ...args]: readonly string[]): string[] {
  return program === "asm-metrics-adapter" ? [...scriptCommand(), ...args] : [program ?? "", ...args];
}

/** What the script executes, from the Dockerfile that writes it. @throws Error if the Dockerfile writes another script. */
function scriptCommand(): string[] {
  const [, words] = /exec (node .+?) "\$@"/.exec(readFileSync(`${adapter}/Dockerfile`, "utf8")) ?? [];
  if (words === undefined) throw new Error("adapter/Dockerfile does not write the script asm-metrics-adapter");
  return words.split(" ");
}
