import type { InputError } from "./inputErrors";
import { type Known, UNKNOWN } from "./inputs";

/** An IPv4 CIDR block. */
export interface Cidr {
  /** As it is written: `10.1.0.0/16`. */
  readonly text: string;
  /** Its first address as a number, 0 to 2^32 - 1. */
  readonly first: number;
  /** How many leading bits all its addresses share, 0 to 32. */
  readonly prefix: number;
}

/** Prefix lengths that a kind of block may have. */
export interface PrefixRange {
  readonly shortest: number;
  readonly longest: number;
}

/** What blocks are: four numbers without leading zeros, and a prefix length. */
const FORM = /^(?:(0|[1-9]\d{0,2})\.)(?:(0|[1-9]\d{0,2})\.)(?:(0|[1-9]\d{0,2})\.)(0|[1-9]\d{0,2})\/(0|[1-9]\d?)$/;

/** The block that a text names, which must start at its first address; nothing for any other text. */
export function parseCidr(text: string): Cidr | undefined {
  const read = readCidr(text);
  return read !== undefined && firstOf(read) === read.first ? read : undefined;
}

/** Whether every address of `inner` is one of `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.first >= outer.first && end(inner) <= end(outer);
}

/** Whether two blocks share an address. */
export function overlap(one: Cidr, other: Cidr): boolean {
  return one.first < end(other) && other.first < end(one);
}

/** The error (none or one) of an argument that must be a CIDR block with a prefix length in the range. */
export function cidrErrors(path: string, value: Known<string | undefined>, range: PrefixRange): InputError[] {
  if (value === UNKNOWN || value === undefined || value === null) return [];
  const wrong = (message: string, remedy: string): InputError[] => [
    { path, code: "ASM_CIDR_INVALID", message, remedy },
  ];
  const written = JSON.stringify(value);
  const read = readCidr(String(value));
  if (read === undefined) {
    return wrong(
      `${written} is not an IPv4 CIDR block`,
      "Write the first address and the prefix length, such as 10.1.0.0/16",
    );
  }
  if (read.prefix < range.shortest || read.prefix > range.longest) {
    return wrong(
      `${written} has a prefix length of ${read.prefix}`,
      `Use one from ${range.shortest} to ${range.longest}`,
    );
  }
  const first = firstOf(read);
  if (first === read.first) return [];
  return wrong(`${written} does not start at its first address`, `Write ${dotted(first)}/${read.prefix}`);
}

/** A known, well-formed block of the arguments and where it stands. */
export interface PlacedCidr extends Cidr {
  readonly path: string;
}

/** The block of an argument where it can be compared: it is known, and right in itself. */
export function placedCidr(path: string, value: Known<string | undefined>): PlacedCidr[] {
  const cidr = typeof value === "string" ? parseCidr(value) : undefined;
  return cidr === undefined ? [] : [{ ...cidr, path }];
}

/** Every block that shares addresses with one before it. */
export function overlapErrors(blocks: readonly PlacedCidr[]): InputError[] {
  return blocks.flatMap((block, index): InputError[] => {
    const earlier = blocks.slice(0, index).find((other) => overlap(other, block));
    if (earlier === undefined) return [];
    return [
      {
        path: block.path,
        code: "ASM_CIDR_OVERLAP",
        message: `${block.text} overlaps ${earlier.text} of ${earlier.path}`,
      },
    ];
  });
}

function readCidr(text: string): Cidr | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((part) => part > 255) || prefix > 32) return undefined;
  return { text, first: ((a * 256 + b) * 256 + c) * 256 + d, prefix };
}

function size({ prefix }: Cidr): number {
  return 2 ** (32 - prefix);
}

/** The address after the last one. */
function end(cidr: Cidr): number {
  return cidr.first + size(cidr);
}

function firstOf(cidr: Cidr): number {
  return cidr.first - (cidr.first % size(cidr));
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
