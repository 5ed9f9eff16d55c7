/**
 * Text as comment lines. What ends a line in YAML 1.1 or in TypeScript begins another comment, and control characters go: an HPA's
 * author must not write what whoever checks it then applies or runs.
 */
export function commented(text: string, mark = "#"): string {
  return text
    .trimEnd()
    .split(/\r\n|[\n\r\u0085\u2028\u2029]/)
    .map((line) => `${mark} ${line.replace(/\p{Cc}/gu, "")}\n`)
    .join("");
}
