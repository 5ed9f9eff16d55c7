import { readFile, stat } from "node:fs/promises";
import { type Problem, problem, type RulesFile, type RulesResult } from "@asm-autoscaler/hpa-metrics";
import { watchFiles } from "../fileChanges.ts";
import { reason } from "../kubernetes/client.ts";
import { type Log, logProblem } from "../kubernetes/log.ts";

/** Maximum size of the file in bytes. A ConfigMap has at most 1 MiB. */
const MOST_BYTES = 4 * 1024 * 1024;

/** The file with the rules, as it is now. */
export interface RulesFileState {
  /** The rules in use. Undefined before the first text that can be read. */
  readonly rules: RulesFile | undefined;
  /** When the rules in use were read, in Unix ms. */
  readonly readAt: number | undefined;
  /** Why the present text of the file is not in use. Undefined if it is. */
  readonly problem: Problem | undefined;
}

export interface RulesFileOptions {
  readonly path: string;
  read(text: string): RulesResult | Promise<RulesResult>;
  /** Called with new rules before they are in use. */
  onRules(rules: RulesFile): Promise<void> | void;
  readonly log: Log;
  now(): number;
}

/**
 * Reads the rules, and reads them again when the file changes. While a new text cannot be read, the rules of the earlier
 * text stay in use, and the reason is logged once.
 */
export function createRulesFile({ path, read, onRules, log, now }: RulesFileOptions) {
  let state: RulesFileState = { rules: undefined, readAt: undefined, problem: undefined };
  let text: string | undefined;

  const refuse = (found: Problem) => {
    if (found.message !== state.problem?.message) logProblem(log, found);
    state = { ...state, problem: found };
  };

  const load = async () => {
    let next: string;
    try {
      next = await readLimited(path);
    } catch (error) {
      refuse(unusable(path, reason(error), state));
      return;
    }
    if (next === text) {
      state = { ...state, problem: undefined };
      return;
    }
    const result = await read(next);
    if (!result.ok) {
      refuse(unusable(path, result.problem.message, state));
      return;
    }
    text = next;
    await onRules(result.file);
    state = { rules: result.file, readAt: now(), problem: undefined };
    tell(result.file, path, log);
  };

  return {
    state: () => state,
    /** Reads the file at once and after each change, until `signal` aborts. */
    async run(signal: AbortSignal): Promise<void> {
      const onBlind = (directory: string, error: unknown) =>
        logProblem(log, problem("ASM_RULE_WATCH", `${directory} cannot be watched (${reason(error)})`));
      const changes = watchFiles([path], onBlind, signal);
      while (!signal.aborted) {
        await load();
        await changes.next();
      }
    },
  };
}

async function readLimited(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES / 1024 / 1024} MiB`);
  return readFile(path, "utf8");
}

function unusable(path: string, why: string, { rules }: RulesFileState): Problem {
  const effect = rules ? "; the rules before stay in use" : "; no rule is served";
  return problem("ASM_RULES_FILE", `the rules in ${path} cannot be used: ${why}${effect}`);
}

function tell({ custom, external, broken, hasResourceRules }: RulesFile, path: string, log: Log): void {
  const resource = hasResourceRules ? "; `resourceRules` are left to metrics-server" : "";
  log.info(
    { rules: custom.length, externalRules: external.length, broken: broken.length },
    `Rules read from ${path}: ${custom.length} of custom metrics, ${external.length} of external metrics${resource}.`,
  );
  for (const one of broken) logProblem(log, one.problem, { place: one.place });
}
