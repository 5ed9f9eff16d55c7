/** The longest text of an untrusted client that a log line quotes, in UTF-16 code units. */
const MAX_QUOTED = 200;

/** A text that an untrusted client sent, for a log line: as a JSON string, cut to 200 characters. */
export function briefly(text: string): string {
  const quoted = JSON.stringify(text.slice(0, MAX_QUOTED + 1));
  return quoted.length <= MAX_QUOTED ? quoted : `${quoted.slice(0, MAX_QUOTED - 4)}…"`;
}
