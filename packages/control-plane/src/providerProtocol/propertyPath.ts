/** A path in an object: keys and indices. "*" is any key or index. */
export type PropertyPath = readonly (string | number)[];

/**
 * Parses a path in the syntax of Pulumi's `ignoreChanges`: `spec.caBundle`, `spec.ports[0].port`,
 * `metadata.annotations["example.com/a"]`, `spec.containers[*].image`.
 */
export function parsePropertyPath(text: string): PropertyPath {
  const steps = text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\*|\d+)\]|([^.[\]]+)/g);
  return [...steps].map(([, quoted, index, key]) => {
    if (quoted !== undefined) return quoted.replace(/\\(.)/g, "$1");
    if (index !== undefined) return index === "*" ? "*" : Number(index);
    return key ?? "";
  });
}

/** Formats a path so that {@link parsePropertyPath} can parse it. */
export function formatPropertyPath(path: PropertyPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (/[."[\]]/.test(step)) return `${text}["${step.replace(/["\\]/g, "\\$&")}"]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** True if `path` equals `outer` or is inside it. */
export function contains(outer: PropertyPath, path: PropertyPath): boolean {
  return outer.length <= path.length && outer.every((step, index) => step === "*" || step === path[index]);
}
