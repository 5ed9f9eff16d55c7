/**
 * Formats a text as comment lines. After every line break of YAML 1.1 or TypeScript, a new comment line begins. Control
 * characters are removed. Otherwise the author of an HPA could insert text that the user of `check` then applies or
 * runs.
 */
export function commented(text: string, mark = "#"): string {
  return text
    .trimEnd()
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/)
    .map((line) => `${mark} ${line.replace(/\p{Cc}/gu, "")}\n`)
    .join("");
}
