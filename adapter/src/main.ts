import { createLog } from "./log.ts";
import { serve } from "./serve.ts";

/** The first positional argument is a subcommand; without one the adapter serves. */
const COMMANDS: Readonly<Record<string, (argv: readonly string[]) => Promise<void>>> = {
  serve: (argv) => serve(argv, createLog()),
};

async function main(argv: readonly string[]): Promise<void> {
  const [first = "", ...rest] = argv;
  if (first === "" || first.startsWith("-")) return COMMANDS["serve"]?.(argv);
  const command = COMMANDS[first];
  if (!command) throw new Error(`ASM_COMMAND: unknown command "${first}"; known: ${Object.keys(COMMANDS).join(", ")}`);
  return command(rest);
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
