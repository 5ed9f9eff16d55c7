/**
 * Part of `npm run lint`: finds regular expressions in shipped sources whose matching time grows faster than the text.
 * Each runs on one event loop, on text that others write. `regexLint.json` lists the exceptions, each with its reason.
 *
 * recheck decides how one search behaves. It does not model the repeated searches of `replace`, `matchAll` and `split`: with
 * `/\{[^}]*\}|./g` each search of "{{{{" reads to the end and then takes one character. So an expression that is searched for
 * repeatedly is checked a second time, inside an expression that does what the repetition does.
 */
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { checkSync } from "recheck";
import { type Expression, expressionsOf } from "./regexes.mts";

const SHIPPED = ["adapter/src", "adapter/page", "packages/hpa-metrics/src", "packages/asm-autoscaler/src"];
const EXCEPTIONS = "tools/regexLint.json";
const REMEDY = `rewrite it so that no text can match in two ways and no search starts inside a run that it has read, or, where the \
text is short, list it in ${EXCEPTIONS} with the limit and where it is enforced`;

/** Makes recheck use its JavaScript build: the same answer on every machine, without a JVM or a native program. */
process.env["RECHECK_SYNC_BACKEND"] = "pure";
/** Work is limited by steps rather than by time, so that a busy machine gives the same answer. */
const LIMITS = {
  timeout: 60_000,
  incubationTimeout: null,
  attackTimeout: null,
  attackLimit: 5_000_000,
  maxAttackStringSize: 50_000,
  maxNFASize: 5000,
};

interface Exception {
  readonly file: string;
  readonly expression: string;
  readonly reason: string;
}

/** Why the expression is a problem; `undefined` when it is none. */
function problemOf({ constant }: Expression): string | undefined {
  if (!constant) return "it is built at run time, so it cannot be checked";
  const { source, flags, repeated } = constant;
  // Without a quantifier that repeats, the work at each position is bounded.
  if (!/[*+{]/.test(source)) return undefined;
  const once = verdict(source, flags);
  if (once || !repeated) return once;
  // Each round takes the first match, for good. Without a match the next search skips a character, and a sticky one ends.
  const round = `(?=(${source}))\\1`;
  return verdict(flags.includes("y") ? `^(?:${round})*` : `^(?:${round}|[^])*$`, flags.replace(/[gy]/g, ""));
}

const verdicts = new Map<string, string | undefined>();

function verdict(source: string, flags: string): string | undefined {
  const key = `/${source}/${flags}`;
  if (!verdicts.has(key)) {
    const result = checkSync(source, flags, LIMITS);
    if (result.status === "vulnerable") {
      verdicts.set(key, `${result.complexity.summary}, for example on ${result.attack.pattern}`);
    } else verdicts.set(key, result.status === "safe" ? undefined : `it cannot be judged (${result.error.kind})`);
  }
  return verdicts.get(key);
}

/** The problems of all expressions, in their order. Each core of the machine judges a part: that takes a minute of one. */
async function problemsOf(expressions: readonly Expression[]): Promise<(string | undefined)[]> {
  const threads = availableParallelism();
  const parts = await Promise.all(
    Array.from({ length: threads }, async (_, thread) => {
      const own = expressions.filter((_, index) => index % threads === thread);
      const worker = new Worker(new URL(import.meta.url), { workerData: own });
      const [problems] = (await once(worker, "message")) as [(string | undefined)[]];
      return problems;
    }),
  );
  return expressions.map((_, index) => parts[index % threads]?.[Math.floor(index / threads)]);
}

async function lint(): Promise<void> {
  const files = SHIPPED.flatMap((folder) => globSync(`${folder}/**/*.ts`)).filter(
    (file) => !/\.(test|testing)\.ts$/.test(file),
  );
  const exceptions = JSON.parse(readFileSync(EXCEPTIONS, "utf8")) as Exception[];
  const expressions = files.sort().flatMap(expressionsOf);
  const problems = await problemsOf(expressions);
  const unused = new Set(exceptions);
  for (const [index, { file, line, text }] of expressions.entries()) {
    const problem = problems[index];
    if (problem === undefined) continue;
    const exception = exceptions.find((each) => each.file === file && each.expression === text);
    if (exception) unused.delete(exception);
    else {
      console.error(`${file}:${line}: ${text}: ${problem}; ${REMEDY}`);
      process.exitCode = 1;
    }
  }
  for (const { file, expression } of unused) {
    console.error(`${EXCEPTIONS}: ${expression} in ${file} is not a problem, or is gone; remove the entry`);
    process.exitCode = 1;
  }
  console.log(`Checked ${expressions.length} regular expressions in ${Math.round(performance.now() / 1000)}s.`);
}

if (isMainThread) await lint();
else parentPort?.postMessage((workerData as Expression[]).map(problemOf));
