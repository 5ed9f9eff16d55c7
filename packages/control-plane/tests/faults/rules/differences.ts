import type { Answer } from "./answers.ts";
import { PARTIAL, REFUSED } from "./recordingPrometheus.ts";

/** What both adapters did with one read. */
export interface Pair {
  readonly path: string;
  readonly original: Answer;
  readonly ours: Answer;
  /** The queries that came during the read. */
  readonly queries: { readonly original: readonly string[]; readonly ours: readonly string[] };
}

/**
 * A difference from prometheus-adapter. It is a row of the table in docs/reference/differences.md, which a test checks, and
 * it is what the test against the real adapter permits.
 */
export interface Difference {
  /** The cells of the row, in Markdown. */
  readonly of: string;
  readonly original: string;
  readonly ours: string;
  readonly why: string;
  /** What our adapter says of an item that the original describes like this. */
  readonly rewrite?: (about: string) => string;
  /** Whether it explains that the answers differ. */
  readonly explains?: (pair: Pair) => boolean;
  /** Whether such a read has another query, or none, with one of the adapters. */
  readonly hasOwnQueries?: boolean;
}

const isError = ({ status }: Answer) => status >= 500;

export const DIFFERENCES: readonly Difference[] = [
  {
    of: "`describedObject.apiVersion` of a core object",
    original: "`/v1`",
    ours: "`v1`",
    why: "`v1` is the version of the object.",
    rewrite: (about) => about.replace('"apiVersion":"/v1"', '"apiVersion":"v1"'),
  },
];
void isError;
void PARTIAL;
void REFUSED;
