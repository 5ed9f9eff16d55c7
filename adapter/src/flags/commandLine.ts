import { parseArgs } from "node:util";
import { FLAG_GROUPS, nearest } from "@asm-autoscaler/hpa-metrics";
import { DELEGATION, SOURCE_SWITCHES, SOURCES, UNUSED, UNUSED_SWITCHES } from "./referenceFlags.ts";

const OWN = FLAG_GROUPS.flatMap(({ flags }) => flags);
/** Names of the server's flags with a value, of kube-metrics-adapter's too. */
export const WITH_VALUE: ReadonlySet<string> = new Set([
  ...OWN.filter(({ value }) => value !== undefined).map(({ name }) => name),
  ...[...DELEGATION, ...UNUSED, ...SOURCES],
]);
/** Names of its flags without a value. */
export const SWITCHES: ReadonlySet<string> = new Set([
  ...OWN.filter(({ value }) => value === undefined).map(({ name }) => name),
  ...[...UNUSED_SWITCHES, ...SOURCE_SWITCHES],
]);

const OPTIONS = {
  ...Object.fromEntries([...WITH_VALUE].map((name) => [name, { type: "string", multiple: true } as const])),
  ...Object.fromEntries([...SWITCHES].map((name) => [name, { type: "boolean", multiple: true } as const])),
  // klog's own flag is the only one of one letter, and pflag then accepts it with one dash.
  v: { type: "string", multiple: true, short: "v" } as const,
};

/**
 * Reads flags as Go's pflag does: `--name=value`, `--name value`, and for a switch `--name` or `--name=false`.
 * https://pkg.go.dev/github.com/spf13/pflag#hdr-Command_line_flag_syntax
 *
 * @param mistakes Gets a sentence for each unknown flag, with the nearest known one, and for each word that is no flag.
 * @returns The values of each flag that was given, in their order. A switch without a value is `true`.
 */
export function readFlags(argv: readonly string[], mistakes: string[]): Map<string, string[]> {
  const oneDash = argv.filter((word) => ONE_DASH.test(word));
  for (const word of oneDash) mistakes.push(`${nameIn(word)} has one dash; flags are written -${nameIn(word)}=value`);
  const config = {
    args: argv.filter((word) => !ONE_DASH.test(word)),
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  } as const;
  const values = new Map<string, string[]>();
  for (const token of parseArgs(config).tokens) {
    if (token.kind === "positional") mistakes.push(`"${token.value}" is not a flag; flags are written --name=value`);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const needsValue = WITH_VALUE.has(name);
    if (!needsValue && !SWITCHES.has(name)) mistakes.push(`unknown flag ${rawName}${suggestion(name)}`);
    else if (needsValue && value === undefined) mistakes.push(`--${name} needs a value`);
    else values.set(name, [...(values.get(name) ?? []), value ?? "true"]);
  }
  return values;
}

/** A flag in the way of Go's package `flag`, with one dash. pflag would read it as one flag for each letter. */
const ONE_DASH = /^-[a-z]+(?:[-_][a-z]+)+(?:=|$)/;

/** The flag without its value, which may be a secret. */
function nameIn(word: string): string {
  return word.split("=")[0] ?? "";
}

function suggestion(name: string): string {
  const close = nearest(name, [...WITH_VALUE, ...SWITCHES]);
  return close === undefined ? "; --help lists the flags" : `; did you mean --${close}?`;
}
