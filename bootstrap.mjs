// First step of `npm start` and `npm test`: plain JavaScript that an old Node runs. It installs what the lock file
// names, when that has changed, and goes on through `npm run`, which finds the Node of node_modules/.bin first.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { prerequisites } from "./prerequisites.mjs";

const [task, ...taskArguments] = process.argv.slice(2);
// npm keeps flags without `--` before them for itself and passes them on in the environment.
const { npm_config_once: once, ...environment } = process.env;
if (task === "loop" && once && !taskArguments.includes("--once")) taskArguments.push("--once");
const stamp = new URL("node_modules/.installed-lock", import.meta.url);
const lock = createHash("sha256")
  .update(readFileSync(new URL("package-lock.json", import.meta.url)))
  .digest("hex");

/** Runs npm here with our terminal; resolves to its exit code. Ctrl-C reaches it from the terminal itself. */
function npm(...words) {
  const child = spawn("npm", words, { cwd: new URL(".", import.meta.url), stdio: "inherit", env: environment });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}

process.on("SIGINT", () => {});

const { missing, notes } = await prerequisites(task);
for (const note of notes) console.log(`Note: this machine has no ${note}.`);
if (missing.length > 0) {
  console.error(
    ["ASM_PREREQUISITES: This machine lacks what the command needs. Add it, and run the command again:"]
      .concat(missing.map((one) => `- ${one}`))
      .join("\n"),
  );
  process.exit(1);
}

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  console.log("Installing dependencies (about a minute the first time) …");
  const code = await npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error");
  if (code !== 0) {
    console.error("ASM_INSTALL: `npm ci` failed; its output above says why.");
    process.exit(code);
  }
  writeFileSync(stamp, lock);
}
console.log("Compiling (half a minute the first time, seconds later) …");
process.exitCode = await npm("run", "--silent", task, "--", ...taskArguments);
