import { ProblemError, problem } from "hpa-metrics";
import { check } from "./commands/check/check.ts";
import { explain } from "./commands/explain/explain.ts";
import { createLog } from "./kubernetes/log.ts";
import { serve } from "./serve.ts";

/** Subcommands by the first positional argument. Without one, the adapter serves. Each returns its exit code. */
const COMMANDS: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  check: (argv) => check(argv),
  explain: (argv) => explain(argv),
  serve: async (argv) => {
    await serve(argv, createLog());
    return 0;
  },
};

async function main(argv: readonly string[]): Promise<number> {
  const [first = "", ...rest] = argv;
  const isFlag = first === "" || first.startsWith("-");
  const command = COMMANDS[isFlag ? "serve" : first];
  if (!command) {
    const known = Object.keys(COMMANDS).join(", ");
    throw new ProblemError(problem("ASM_COMMAND", `unknown command "${first}"; known: ${known}`));
  }
  return command(isFlag ? argv : rest);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
