import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { matchesSelector, type Selector } from "../kubernetes/labelSelector.ts";
import { createObjectStore } from "./objectStore.ts";

const label = fc.constantFrom("app", "tier", "zone");
const value = fc.constantFrom("a", "b", "c");
const labels = fc.dictionary(label, value);
const name = fc.constantFrom("p1", "p2", "p3", "p4", "p5");
const requirement = fc.oneof(
  fc.record({ key: label, operator: fc.constantFrom("=", "!=" as const), values: value.map((one) => [one]) }),
  fc.record({
    key: label,
    operator: fc.constantFrom("in", "notin" as const),
    values: fc.uniqueArray(value, { minLength: 1 }),
  }),
  fc.record({ key: label, operator: fc.constantFrom("exists", "!" as const), values: fc.constant([]) }),
);
const change = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), name, labels }),
  fc.record({ kind: fc.constant("remove" as const), name, labels }),
  fc.record({ kind: fc.constant("read" as const), selector: fc.array(requirement, { maxLength: 2 }) }),
);

describe("the store of objects", () => {
  test("finds what a search of all objects finds, after any changes", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const store = createObjectStore();
        const all = new Map<string, Record<string, string>>();
        for (const one of changes) {
          if (one.kind === "put") {
            store.put(one.name, one.labels);
            all.set(one.name, one.labels);
          } else if (one.kind === "remove") {
            store.remove(one.name);
            all.delete(one.name);
          } else {
            const selector = one.selector as Selector;
            const wanted = [...all].filter(([, own]) => matchesSelector(selector, own)).map(([found]) => found);
            expect(store.names(selector)).toEqual(wanted.sort());
          }
        }
        expect(store.size()).toBe(all.size);
      }),
    );
  });

  test("gives the same array until the names change, so that no query is made anew", () => {
    const store = createObjectStore();
    const selector: Selector = [{ key: "app", operator: "=", values: ["web"] }];
    store.put("web-1", { app: "web" });
    const names = store.names(selector);
    store.put("db-1", { app: "db" });
    expect(store.names(selector)).toBe(names);
    store.put("web-2", { app: "web" });
    expect(store.names(selector)).toEqual(["web-1", "web-2"]);
  });
});
