import { isObject, type Json, type JsonObject } from "../providerProtocol/json.ts";

/**
 * The values of a live object at the paths that the inputs set. The cluster adds many fields that no program set, and
 * these are not a change. Arrays are matched by index. An empty input (`labels: {}`) counts as present, because the
 * server omits it from every response.
 */
export function inInputShape(live: JsonObject, inputs: JsonObject): JsonObject {
  const shaped = Object.entries(inputs).flatMap(([key, input]): [string, Json][] => {
    const found = Object.hasOwn(live, key) ? live[key] : undefined;
    if (found !== undefined) return [[key, shape(found, input)]];
    return isEmpty(input) ? [[key, input]] : [];
  });
  return Object.fromEntries(shaped); // with a key "__proto__", an assignment would set the prototype
}

function shape(live: Json, input: Json): Json {
  if (isObject(live) && isObject(input)) return inInputShape(live, input);
  if (Array.isArray(live) && Array.isArray(input)) {
    return live.slice(0, input.length).map((element, index) => shape(element, input[index] ?? null));
  }
  return live;
}

/** Reports whether Go's `omitempty` omits the value. This includes objects with only such values. */
function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every(isEmpty);
  return value === "" || value === false || value === 0 || value === null;
}
