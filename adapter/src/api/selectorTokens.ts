/** A token of a label selector: a word (key, value, `in`, `notin`), a sign (`=`, `==`, `!=`, `!`, `<`, `>`, `(`, `)`, `,`) or the end. */
export interface Token {
  readonly kind: "word" | "sign" | "end";
  readonly text: string;
}

const TOKEN = /[ \t\r\n]*(?:(==|!=|[=!(),<>])|([^ \t\r\n=!(),<>]+))/y;

/** Cuts a selector as Kubernetes's `labels.Lexer` does: white space parts, a NUL ends the text, everything else is a word. */
export function tokens(text: string): Token[] {
  const end = text.indexOf("\0");
  const source = end === -1 ? text : text.slice(0, end);
  const list: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(source); match; match = TOKEN.exec(source)) {
    const [, sign, word] = match;
    list.push(sign === undefined ? { kind: "word", text: word ?? "" } : { kind: "sign", text: sign });
  }
  list.push({ kind: "end", text: "" });
  return list;
}
