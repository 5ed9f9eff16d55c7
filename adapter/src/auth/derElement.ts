import { Constructed, fromBER } from "asn1js";

/** One element of a DER encoding: an identifier octet, a length and a content. */
export interface DerElement {
  /** The identifier octet: class, constructed bit and a tag number of at most 30. */
  readonly tag: number;
  /** The whole element, identifier and length included. */
  readonly raw: Uint8Array;
  readonly content: Uint8Array;
  /** The elements in the content of a constructed element; empty for a primitive one. */
  readonly children: readonly DerElement[];
}

/** Identifier octets of the universal types that certificates use. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
} as const;

/** An encoding that is not what the reader expects. The message names the part, never its content. */
export class MalformedDer extends Error {}

/** The largest encoding that is parsed, in bytes. A client certificate of Kubernetes has 1 to 2 KiB. */
const MAX_DER_BYTES = 16 * 1024;
/** A certificate nests eight levels; more levels or elements than these are refused before they are read. */
const LIMITS = { maxDepth: 16, maxNodes: 2000, maxContentLength: MAX_DER_BYTES, parseEmbedded: false } as const;

/** Reads exactly one element. @throws MalformedDer for anything else, and for more than `MAX_DER_BYTES`. */
export function readDer(bytes: Uint8Array, what: string): DerElement {
  if (bytes.length > MAX_DER_BYTES) throw new MalformedDer(`${what} has more than ${MAX_DER_BYTES} bytes`);
  const { offset, result } = parse(bytes, what);
  if (offset !== bytes.length || result.error !== "") throw new MalformedDer(`${what} cannot be read`);
  return element(result, what);
}

/** asn1js reports most faults in its result and throws for some, such as a time that is none. */
function parse(bytes: Uint8Array, what: string): ReturnType<typeof fromBER> {
  try {
    return fromBER(bytes, LIMITS);
  } catch (error) {
    throw new MalformedDer(`${what} cannot be read`, { cause: error });
  }
}

function element(block: ReturnType<typeof fromBER>["result"], what: string): DerElement {
  const raw = block.valueBeforeDecodeView;
  const [tag = 0] = raw;
  // DER has one form for each value: no indefinite lengths. Tag numbers above 30 take several octets; certificates have none.
  if (block.lenBlock.isIndefiniteForm || block.idBlock.blockLength !== 1) {
    throw new MalformedDer(`${what} is not in DER`);
  }
  return {
    tag,
    raw,
    content: raw.subarray(1 + block.lenBlock.blockLength),
    children: block instanceof Constructed ? block.valueBlock.value.map((child) => element(child, what)) : [],
  };
}

/** The element itself when it has the tag. @throws MalformedDer where it is absent or another. */
export function expectTag(found: DerElement | undefined, tag: number, what: string): DerElement {
  if (found?.tag !== tag) throw new MalformedDer(`${what} cannot be read`);
  return found;
}

/** An object identifier in dotted form. @throws MalformedDer for another element or an encoding that is not the shortest. */
export function readOid(found: DerElement | undefined, what: string): string {
  const { content } = expectTag(found, TAG.oid, what);
  const arcs: number[] = [];
  let arc = 0;
  let isStart = true;
  for (const octet of content) {
    if (isStart && octet === 0x80) throw new MalformedDer(`${what} is not in DER`);
    arc = arc * 128 + (octet & 0x7f);
    isStart = octet < 0x80;
    if (isStart) arcs.push(arc);
    if (isStart) arc = 0;
  }
  const [first] = arcs;
  if (!isStart || first === undefined) throw new MalformedDer(`${what} cannot be read`);
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...arcs.slice(1)].join(".");
}

/** A number of at most four octets that is not negative. @throws MalformedDer for any other element. */
export function readSmallNumber(found: DerElement | undefined, what: string): number {
  const { content } = expectTag(found, TAG.integer, what);
  const [first = 0x80] = content;
  if (first >= 0x80 || content.length > 4) throw new MalformedDer(`${what} is not a small number`);
  return content.reduce((value, octet) => value * 256 + octet, 0);
}

/** @throws MalformedDer for any other element, and for octets that DER does not allow. */
export function readBoolean(found: DerElement, what: string): boolean {
  const { content } = expectTag(found, TAG.boolean, what);
  const [octet] = content;
  if (content.length !== 1 || (octet !== 0 && octet !== 0xff)) throw new MalformedDer(`${what} is not a boolean`);
  return octet === 0xff;
}
