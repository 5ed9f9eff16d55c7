import { Composer, type CST, type Document, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from "yaml";
import { positionOf } from "../promql/mistake";
import { YAML_OPTIONS } from "../yaml";

/**
 * Maximum length of a configuration, in UTF-16 units. It is enough for about 500 rules. Composing its YAML takes about
 * 50 ms, and that cannot be divided into steps.
 */
const MOST_CONFIG = 204_800;
/** Maximum depth of the parser's stack. Each level of the text takes two or three. */
const MOST_STACK = 100;
const MOST_DOCUMENTS = 20;
/** Maximum number of times that an alias can repeat a part of the text. */
const MOST_ALIASES = 1000;
/** Number of lexemes that are parsed between two pauses. */
const LEXEMES_PER_STEP = 500;

/** One document of a text. */
export interface ConfigDocument {
  readonly value: unknown;
  /** Where a key is written twice, such as `rules[0].name`. */
  readonly duplicates: readonly string[];
}

/** The documents of a text, or the end of a sentence that says why it cannot be read. */
export type ConfigTextResult =
  | { readonly ok: true; readonly documents: readonly ConfigDocument[] }
  | { readonly ok: false; readonly why: string };

/** Reads YAML or JSON. The time and the memory grow linearly with the length of the text. */
export function* readConfigText(text: string): Generator<undefined, ConfigTextResult> {
  if (text.length > MOST_CONFIG) return { ok: false, why: `it is longer than ${MOST_CONFIG} characters` };
  const tokens = yield* tokensOf(text);
  if (tokens === undefined) return { ok: false, why: "its values are too deep inside each other" };
  // The parser's own check for duplicate keys compares each key with each other one.
  const composer = new Composer({ ...YAML_OPTIONS, uniqueKeys: false });
  const documents: ConfigDocument[] = [];
  for (const document of composer.compose(tokens, false, text.length)) {
    if (documents.length === MOST_DOCUMENTS) return { ok: false, why: `it has more than ${MOST_DOCUMENTS} documents` };
    const why = mistakeIn(document, text);
    if (why !== undefined) return { ok: false, why };
    yield;
    const read = documentValue(document);
    if ("why" in read) return { ok: false, why: read.why };
    documents.push(read);
    yield;
  }
  return { ok: true, documents };
}

/** Undefined if the text is too deep. */
function* tokensOf(text: string): Generator<undefined, CST.Token[] | undefined> {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > MOST_STACK) return undefined;
    if (++count % LEXEMES_PER_STEP === 0) yield;
  }
  tokens.push(...parser.end());
  return tokens;
}

function mistakeIn({ errors }: Document.Parsed, text: string): string | undefined {
  const [error] = errors;
  if (error === undefined) return undefined;
  const { line, column } = positionOf(text, error.pos[0]);
  const [message = ""] = error.message.split("\n");
  return `line ${line}, column ${column}: ${message}`;
}

function documentValue(document: Document.Parsed): ConfigDocument | { why: string } {
  try {
    return { value: document.toJS({ maxAliasCount: MOST_ALIASES }), duplicates: duplicatesIn(document.contents, "") };
  } catch (error) {
    if (error instanceof ReferenceError) return { why: error.message };
    throw error;
  }
}

function duplicatesIn(node: unknown, path: string): string[] {
  if (isAlias(node)) return [];
  if (isSeq(node)) return node.items.flatMap((item, index) => duplicatesIn(item, `${path}[${index}]`));
  if (!isMap(node)) return [];
  const seen = new Set<string>();
  return node.items.flatMap(({ key, value }) => {
    const name = String(isScalar(key) ? key.value : key);
    const at = path === "" ? name : `${path}.${name}`;
    const isRepeated = name !== "<<" && seen.has(name);
    seen.add(name);
    return [...(isRepeated ? [at] : []), ...duplicatesIn(value, at)];
  });
}
