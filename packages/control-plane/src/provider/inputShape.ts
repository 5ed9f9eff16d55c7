import { isObject, type Json, type JsonObject } from "../providerProtocol/json.ts";

/**
 * What a live object says at the places that the inputs set: the cluster adds many fields that no program asked for, and
 * these are no change. Arrays are matched by index. An empty input that the server does not keep (`labels: {}`) counts as
 * kept, since the server drops it from every answer.
 */
export function inInputShape(live: JsonObject, inputs: JsonObject): JsonObject {
  const shaped = Object.entries(inputs).flatMap(([key, input]): [string, Json][] => {
    const found = Object.hasOwn(live, key) ? live[key] : undefined;
    if (found !== undefined) return [[key, shape(found, input)]];
    return isEmpty(input) ? [[key, input]] : [];
  });
  return Object.fromEntries(shaped); // an assignment would set the prototype for a key "__proto__"
}

function shape(live: Json, input: Json): Json {
  if (isObject(live) && isObject(input)) return inInputShape(live, input);
  if (Array.isArray(live) && Array.isArray(input)) {
    return live.slice(0, input.length).map((element, index) => shape(element, input[index] ?? null));
  }
  return live;
}

/** The values that Go's `omitempty` leaves out, and objects of such values only. */
function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every(isEmpty);
  return value === "" || value === false || value === 0 || value === null;
}
