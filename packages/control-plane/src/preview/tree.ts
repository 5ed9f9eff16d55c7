import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { detailsOf } from "./details.ts";

/** A resource in a preview. */
export interface Planned {
  readonly urn: string;
  readonly type: string;
  /** URN of the parent; empty for the stack. */
  readonly parent: string;
  /** The planned operation, such as create. */
  readonly operation: string;
  /** See `detailsOf`. */
  readonly details: string;
}

/** The resource that an engine event plans. Undefined for other events and for default providers. */
export function plannedBy({ resourcePreEvent }: EngineEvent): Planned | undefined {
  const metadata = resourcePreEvent?.metadata;
  if (metadata === undefined) return undefined;
  const { urn, type, op: operation } = metadata;
  const state = metadata.new ?? metadata.old;
  if (type.startsWith("pulumi:providers:") && nameOf(urn).startsWith("default")) return undefined;
  return { urn, type, operation, parent: state?.parent ?? "", details: detailsOf(type, state?.inputs ?? {}) };
}

/**
 * One line for each resource: its name in the tree, the operation and type, and its details. Children follow their
 * parents, sorted by name, independent of the order of the events.
 */
export function treeLines(resources: readonly Planned[]): string[] {
  const children = Map.groupBy(resources, ({ parent }) => parent);
  const sorted = (parent: string) =>
    (children.get(parent) ?? []).toSorted((a, b) => (nameOf(a.urn) < nameOf(b.urn) ? -1 : 1));
  const below = (parent: string, indent: string): Line[] =>
    sorted(parent).flatMap((resource, index, all) => {
      const last = index === all.length - 1;
      const own = { text: `${indent}${last ? "└─ " : "├─ "}${nameOf(resource.urn)}`, resource };
      return [own, ...below(resource.urn, `${indent}${last ? "   " : "│  "}`)];
    });
  const lines = sorted("").flatMap((stack) => [{ text: nameOf(stack.urn), resource: stack }, ...below(stack.urn, "")]);
  const width = Math.max(0, ...lines.map(({ text }) => text.length));
  const what = ({ operation, type }: Planned) => `${operation} ${shortType(type)}`;
  const whatWidth = Math.max(0, ...resources.map((resource) => what(resource).length));
  return lines.map(({ text, resource }) =>
    `${text.padEnd(width)}  ${what(resource).padEnd(whatWidth)}  ${resource.details}`.trimEnd(),
  );
}

interface Line {
  readonly text: string;
  readonly resource: Planned;
}

/** `alicloud:NodePool` of `alicloud:cs/nodePool:NodePool` */
function shortType(type: string): string {
  const [first = "", module, name] = type.split(":");
  return name === undefined || module === "providers" ? type : `${first}:${name}`;
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? "";
}
