import { nearest } from "./nearest";

/** The part of a `Command` of commander that parsing needs. This package does not depend on commander. */
interface CommandLine {
  readonly options: readonly { readonly long?: string | undefined }[];
  configureOutput(output: { writeOut(text: string): void; writeErr(text: string): void }): unknown;
  parse(argv: readonly string[], options: { from: "user" }): unknown;
}

/** An error of commander, which it throws after `exitOverride()`. The exit code of help and version is 0. */
interface CommanderError {
  readonly code: string;
  readonly exitCode: number;
  readonly message: string;
}

/**
 * Parses a command line. Neither prints nor exits. Returns the text to print instead of a run: the help or the version.
 *
 * @param onMistake Makes the error to throw from a sentence about the command line.
 */
export function parseCommandLine(
  command: CommandLine,
  argv: readonly string[],
  onMistake: (sentence: string) => Error,
): string | undefined {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part), writeErr: () => undefined });
  try {
    command.parse(withoutEquals(argv), { from: "user" });
    return undefined;
  } catch (error) {
    if (!isCommanderError(error)) throw error;
    if (error.exitCode === 0) return text.endsWith("\n") ? text : `${text}\n`;
    throw onMistake(sentenceOf(error, command));
  }
}

/** Reads `-o=json` as kubectl does, like `-o json`. Words after `--` stay as they are. */
function withoutEquals(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.map((word, index) => (end >= 0 && index > end ? word : word.replace(/^(-[A-Za-z])=/, "$1")));
}

function isCommanderError(error: unknown): error is CommanderError {
  return (
    error instanceof Error && "code" in error && String(error.code).startsWith("commander.") && "exitCode" in error
  );
}

/** Commander's sentence. For an unknown option, it would contain the value, which can be a URL with a password. */
function sentenceOf({ code, message }: CommanderError, { options }: CommandLine): string {
  const sentence = message.replace(/^error: /, "").replaceAll("\n", " ");
  if (code !== "commander.unknownOption") return sentence;
  const flag = /'([^'=]*)/.exec(sentence)?.[1] ?? "";
  const near = nearest(
    flag,
    options.flatMap(({ long }) => long ?? []),
  );
  return `unknown option ${flag}${near === undefined ? "" : `; did you mean ${near}?`}`;
}
