import { ProblemError, problem } from "@asm-autoscaler/hpa-metrics";
import { at, isObject, type Json, type JsonObject } from "../../providerProtocol/json.ts";

type Step = { key: string } | { index: number } | { every: true } | { where: readonly string[]; equals: string };

/**
 * The values that a JSONPath in kubectl's form finds: `{.status.phase}`, `.spec.ports[0].port`,
 * `{.status.conditions[?(@.type=="Ready")].status}`, `[*]`, `["key"]`.
 * @throws Error for any other JSONPath syntax (ranges, unions, recursion, functions).
 */
export function findJsonPath(object: JsonObject, path: string): Json[] {
  return steps(path).reduce<Json[]>((found, step) => found.flatMap((value) => take(value, step)), [object]);
}

const stepPattern =
  /\.([A-Za-z_][\w-]*)|\[(\d+)\]|(\[\*\])|\[(?:"([^"]*)"|'([^']*)')\]|\[\?\(\s*@\.([\w.-]+)\s*==\s*(?:"([^"]*)"|'([^']*)')\s*\)\]/y;

function steps(path: string): Step[] {
  const text = path.replace(/^\{(.*)\}$/s, "$1").replace(/^([A-Za-z_])/, ".$1");
  const found: Step[] = [];
  stepPattern.lastIndex = 0;
  while (stepPattern.lastIndex < text.length) {
    const begin = stepPattern.lastIndex;
    const match = stepPattern.exec(text);
    if (match === null) {
      throw new ProblemError(
        problem("ASM_STAND_IN_JSON_PATH", `The JSONPath ${path} cannot be read from "${text.slice(begin)}" on`),
      );
    }
    found.push(step(match));
  }
  return found;
}

function step([, key, index, every, quoted, single, where, equals, equalsSingle]: RegExpExecArray): Step {
  if (index !== undefined) return { index: Number(index) };
  if (every !== undefined) return { every: true };
  if (where !== undefined) return { where: where.split("."), equals: equals ?? equalsSingle ?? "" };
  return { key: key ?? quoted ?? single ?? "" };
}

function take(value: Json, step: Step): Json[] {
  if ("key" in step) return present(at(value, step.key));
  if ("index" in step) return present(at(value, step.index));
  const elements = Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if ("every" in step) return elements;
  return elements.filter((element) => String(at(element, ...step.where) ?? "") === step.equals);
}

function present(value: Json | undefined): Json[] {
  return value === undefined ? [] : [value];
}
