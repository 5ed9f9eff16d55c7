import type { PropertyChange } from "../providerProtocol/diffResponse.ts";
import { isObject, type Json, type JsonObject } from "../providerProtocol/json.ts";
import { contains, type PropertyPath, parsePropertyPath } from "../providerProtocol/propertyPath.ts";
import { isUnknown } from "../providerProtocol/wire.ts";
import { type Field, type Fields, isOutputOnly } from "./schema.ts";

export interface DiffArgs {
  fields: Fields;
  /** The resource in the state, including all outputs. */
  state: JsonObject;
  /** Checked inputs. May contain unknown values. */
  inputs: JsonObject;
  /** Paths of the resource's `ignoreChanges`. */
  ignored: readonly string[];
}

/**
 * The changes of an update, as terraform-plugin-sdk v1 computes them (schemaMap.Diff) and the bridge returns them. The
 * inputs are compared with the whole state. A value in the state that the program does not set is a removal, unless the
 * property is computed or the value is the zero value of its type.
 */
export function difference({ fields, state, inputs, ignored }: DiffArgs): PropertyChange[] {
  const outer = ignored.map(parsePropertyPath);
  return compareFields(fields, state, inputs, []).filter(({ path }) => !outer.some((each) => contains(each, path)));
}

/**
 * The blocks that an update would remove and that cannot change in place. The real update fails because of them,
 * although its preview shows an update.
 */
export function fixedRemovals(args: DiffArgs): string[] {
  const isBlock = ([, field]: [string, Field]): boolean => field.type === "object" && field.forceNew === true;
  const blocks = Object.fromEntries(Object.entries(args.fields).filter(isBlock));
  return difference({ ...args, fields: blocks })
    .filter(({ kind, path }) => kind === "delete" && path.length === 1)
    .map(({ path }) => String(path[0]));
}

function compareFields(fields: Fields, old: JsonObject, next: JsonObject, path: PropertyPath): PropertyChange[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    isOutputOnly(field) ? [] : compare(field, old[name], next[name], [...path, name]),
  );
}

function compare(field: Field, old: Json | undefined, next: Json | undefined, path: PropertyPath): PropertyChange[] {
  const replaces = field.forceNew === true;
  if (isUnknown(next)) return [{ path, kind: old === undefined ? "add" : "update", replaces }];
  if (next === undefined && (old === undefined || field.computed || field.suppressed)) return [];
  switch (field.type) {
    case "object":
      return compareBlock(field, old, next, path);
    case "list":
    case "set":
      return compareList(field, old, next, path);
    case "map":
      return compareMap(old, next, path, replaces);
    default:
      return compareScalar(field, old, next, path);
  }
}

function compareScalar(
  field: Field,
  old: Json | undefined,
  next: Json | undefined,
  path: PropertyPath,
): PropertyChange[] {
  const replaces = field.forceNew === true;
  if (next === undefined) return isZero(old) ? [] : [{ path, kind: "delete", replaces }];
  if (old === undefined) return next === "" ? [] : [{ path, kind: "add", replaces }];
  return String(old) === String(next) ? [] : [{ path, kind: "update", replaces }];
}

function isZero(value: Json | undefined): boolean {
  return value === "" || value === 0 || value === false;
}

/**
 * Compares blocks. Adding or removing a block changes the number of blocks. This is a change even if the block sets
 * nothing. The bridge previews the removal of a block as an update, also if the block cannot change in place (see
 * {@link fixedRemovals}).
 */
function compareBlock(
  field: Field,
  old: Json | undefined,
  next: Json | undefined,
  path: PropertyPath,
): PropertyChange[] {
  const inside = compareFields(field.fields ?? {}, isObject(old) ? old : {}, isObject(next) ? next : {}, path);
  if ((old === undefined) === (next === undefined)) return inside;
  const kind = next === undefined ? "delete" : "add";
  return [{ path, kind, replaces: field.forceNew === true && kind === "add" }, ...inside];
}

function compareList(
  field: Field,
  old: Json | undefined,
  next: Json | undefined,
  path: PropertyPath,
): PropertyChange[] {
  const before = elements(field, old);
  const after = elements(field, next);
  const replaces = field.forceNew === true;
  const number: PropertyChange[] = before.length === after.length ? [] : [{ path, kind: "update", replaces }];
  const length = Math.max(before.length, after.length);
  const inside = Array.from({ length }, (_, index): PropertyChange[] => {
    const [one, other] = [before[index], after[index]];
    const place = [...path, index];
    if (isUnknown(other)) return [{ path: place, kind: "update", replaces }];
    if (field.fields === undefined) {
      return compareScalar({ type: field.element ?? "string", forceNew: replaces }, one, other, place);
    }
    return compareFields(field.fields, isObject(one) ? one : {}, isObject(other) ? other : {}, place);
  });
  return [...number, ...inside.flat()];
}

/** The elements of a list or a set. The elements of a set are sorted, because a set has no order. */
function elements(field: Field, value: Json | undefined): Json[] {
  const list = Array.isArray(value) ? value : [];
  return field.type === "list" ? list : list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function compareMap(
  old: Json | undefined,
  next: Json | undefined,
  path: PropertyPath,
  replaces: boolean,
): PropertyChange[] {
  const [before, after] = [isObject(old) ? old : {}, isObject(next) ? next : {}];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key): PropertyChange[] => {
    const [one, other] = [before[key], after[key]];
    if (String(one) === String(other)) return [];
    const kind = one === undefined ? "add" : other === undefined ? "delete" : "update";
    return [{ path: [...path, key], kind, replaces }];
  });
}
