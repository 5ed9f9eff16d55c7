/** A token of a label selector: a word (key, value, `in`, `notin`), a sign (`=`, `==`, `!=`, `!`, `<`, `>`, `(`, `)`, `,`) or the end. */
export interface Token {
  readonly kind: "word" | "sign" | "end";
  readonly text: string;
}

// A NUL right behind a token parts it from the next; anywhere else it ends the text.
const TOKEN = /[ \t\r\n]*(?:(==|!=|[=!(),<>])|([^ \t\r\n=!(),<>\0]+))\0?/y;

/** Cuts a selector as Kubernetes's `labels.Lexer` does: whatever is neither white space nor a sign is a word. */
export function tokens(text: string): Token[] {
  const list: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const [, sign, word] = match;
    list.push(sign === undefined ? { kind: "word", text: word ?? "" } : { kind: "sign", text: sign });
  }
  list.push({ kind: "end", text: "" });
  return list;
}
