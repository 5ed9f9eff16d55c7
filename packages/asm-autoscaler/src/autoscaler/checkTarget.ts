import { later, type Now } from "../arguments/later";
import { missingMistakes } from "../arguments/missing";
import type { Mistake } from "../arguments/mistake";
import { nameMistakes, namespaceName, objectName } from "../arguments/name";
import type { AutoscalerDraft } from "./draft";

/** What is wrong with namespace and workload, and both as far as queries can be written with them. */
export interface CheckedTarget {
  readonly mistakes: readonly Mistake[];
  readonly namespace: Now<string>;
  readonly workload: Now<string>;
}

/** Checks that one workload is named, and names it: `later` where it is wrong or not known yet. */
export function checkedTarget(known: AutoscalerDraft): CheckedTarget {
  const { namespace, target, targetRef, deployment } = known;
  const mistakes = [
    ...(deployment ? [] : missingMistakes("namespace", namespace, "Name the namespace of the workload")),
    ...oneTargetMistakes(known),
    ...nameMistakes("namespace", namespace, namespaceName),
    ...nameMistakes("target", target, objectName),
    ...(targetRef === later || targetRef === undefined ? [] : refMistakes(targetRef)),
  ];
  const name = targetRef === later || deployment ? later : (targetRef?.name ?? target);
  const usable = (value: Now<string | undefined>) => (mistakes.length > 0 || value === undefined ? later : value);
  return { mistakes, namespace: usable(namespace), workload: usable(name) };
}

function refMistakes({ apiVersion, kind, name }: Exclude<AutoscalerDraft["targetRef"], symbol | undefined>): Mistake[] {
  return [
    ...missingMistakes("targetRef.kind", kind, "Say what kind of workload it is, such as StatefulSet"),
    ...missingMistakes("targetRef.name", name, "Name the workload to scale"),
    ...nameMistakes("targetRef.name", name, objectName),
    ...patternMistakes("targetRef.kind", kind, /^[A-Z][A-Za-z0-9]*$/, "Write a kind, such as StatefulSet"),
    ...patternMistakes("targetRef.apiVersion", apiVersion, /^([a-z0-9.-]+\/)?v\d[a-z0-9]*$/, "Write it as apps/v1"),
  ];
}

function patternMistakes(path: string, value: Now<string | undefined>, pattern: RegExp, remedy: string): Mistake[] {
  if (value === later || value === undefined || pattern.test(value)) return [];
  return [{ path, code: "ASM_NAME_INVALID", message: `${JSON.stringify(value)} is no ${path.split(".")[1]}`, remedy }];
}

function oneTargetMistakes({ target, targetRef, deployment }: AutoscalerDraft): Mistake[] {
  const ways = [
    ...(target === undefined ? [] : ["target"]),
    ...(targetRef === undefined ? [] : ["targetRef"]),
    ...(deployment ? ["deployment"] : []),
  ];
  if (ways.length === 1) return [];
  if (ways.length === 0) return missingMistakes("target", undefined, "Name the Deployment to scale");
  return ways.slice(1).map((path) => ({
    path,
    code: "ASM_ARGUMENT_MISPLACED",
    message: `The workload is named twice, by ${ways[0]} and by ${path}`,
    remedy: "Give exactly one of target, targetRef and deployment",
  }));
}
