/** A number and a noun in the singular or plural: `1 pod`, `0 pods`, `5 pods`. The plural has an added s. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
