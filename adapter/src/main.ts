import { COMMAND_NAME } from "./commands/parseCommand.ts";
import { UsageError } from "./flags/flags.ts";
import { run } from "./run.ts";

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

run(process.argv.slice(2), COMMAND_NAME, (text) => process.stdout.write(text)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message.trimEnd() : String(error)}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
