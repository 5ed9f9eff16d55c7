import { Constructed, fromBER } from "asn1js";

/** One DER element: an identifier octet, a length and the content. */
export interface DerElement {
  /** The identifier octet: class, constructed bit and tag number (at most 30). */
  readonly tag: number;
  /** The whole element, including identifier and length. */
  readonly raw: Uint8Array;
  readonly content: Uint8Array;
  /** The elements inside a constructed element. Empty for a primitive element. */
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

/** The encoding is not valid or not as expected. The message names the part and never includes its content. */
export class MalformedDer extends Error {}

/** Maximum size of a parsed encoding, in bytes. A client certificate of Kubernetes has 1 to 2 KiB. */
const MAX_DER_BYTES = 16 * 1024;
/** Limits of the parser. It refuses an encoding above a limit before it reads it. A certificate has eight levels. */
const LIMITS = { maxDepth: 16, maxNodes: 2000, maxContentLength: MAX_DER_BYTES, parseEmbedded: false } as const;

/** Parses exactly one element. @throws MalformedDer for anything else, and for more than `MAX_DER_BYTES`. */
export function readDer(bytes: Uint8Array, what: string): DerElement {
  if (bytes.length > MAX_DER_BYTES) throw new MalformedDer(`${what} has more than ${MAX_DER_BYTES} bytes`);
  const { offset, result } = parse(bytes, what);
  if (offset !== bytes.length || result.error !== "") throw new MalformedDer(`${what} cannot be read`);
  return element(result, what);
}

/** Parses with asn1js, which reports most errors in its result and throws for some, such as an invalid time. */
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
  // DER has only one encoding for each value, so it has no indefinite lengths.
  // Tag numbers above 30 need several octets. Certificates do not use them.
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

/** Returns the element when it has the tag. @throws MalformedDer when it is absent or has another tag. */
export function expectTag(found: DerElement | undefined, tag: number, what: string): DerElement {
  if (found?.tag !== tag) throw new MalformedDer(`${what} cannot be read`);
  return found;
}

/** Reads an object identifier in dotted form. @throws MalformedDer for another element or a non-minimal encoding. */
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

/** Reads a non-negative integer of at most four octets. @throws MalformedDer for any other element. */
export function readSmallNumber(found: DerElement | undefined, what: string): number {
  const { content } = expectTag(found, TAG.integer, what);
  const [first = 0x80] = content;
  if (first >= 0x80 || content.length > 4) throw new MalformedDer(`${what} is not a small number`);
  return content.reduce((value, octet) => value * 256 + octet, 0);
}

/** Reads a boolean. @throws MalformedDer for any other element, and for octets that DER does not allow. */
export function readBoolean(found: DerElement, what: string): boolean {
  const { content } = expectTag(found, TAG.boolean, what);
  const [octet] = content;
  if (content.length !== 1 || (octet !== 0 && octet !== 0xff)) throw new MalformedDer(`${what} is not a boolean`);
  return octet === 0xff;
}
