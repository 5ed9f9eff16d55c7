import { basename } from "node:path";
import { parseCommandLine } from "@asm-autoscaler/hpa-metrics";
import { Command } from "commander";
import { ADAPTER_VERSION } from "../version.ts";

/**
 * The command that runs this code, for usage texts and remedies: `asm-autoscaler` of the npm package, which carries the
 * adapter, or the adapter's own `asm-metrics-adapter`.
 */
export const COMMAND_NAME =
  basename(process.argv[1] ?? "").replace(/\.\w+$/, "") === "asm-autoscaler" ? "asm-autoscaler" : "asm-metrics-adapter";

/** Where a command writes. Tests replace it. */
export interface CommandOutput {
  out(text: string): void;
  error(text: string): void;
}

/** The process's own streams. */
export const OWN_OUTPUT: CommandOutput = {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
};

const HELP_WIDTH = 110;

/**
 * Creates a command with `-h`, `--help` and `--version`.
 *
 * @param description Paragraphs of its help.
 * @param exitCodes The last lines of its help.
 */
export function createCommand(name: string, description: readonly string[], exitCodes: readonly string[]): Command {
  return new Command(`${COMMAND_NAME} ${name}`)
    .description(description.join("\n\n"))
    .configureHelp({ helpWidth: HELP_WIDTH })
    .helpOption("-h, --help", "print this help")
    .version(ADAPTER_VERSION, "--version", "print the version")
    .addHelpText("after", ["", "Exit codes:", ...exitCodes.map((line) => `  ${line}`)].join("\n"))
    .exitOverride();
}

/** Collects the values of an option that can be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/**
 * Parses the command line of a command. Neither prints nor exits. Returns the text to print instead of a run: the help or
 * the version.
 *
 * @param onMistake Makes the error to throw from a sentence about the command line and a remedy.
 */
export function parseCommand(
  command: Command,
  argv: readonly string[],
  onMistake: (message: string, remedy: string) => Error,
): string | undefined {
  return parseCommandLine(command, argv, (sentence) => onMistake(sentence, `See ${command.name()} --help`));
}
