import { parseQuantity } from "@asm-autoscaler/hpa-metrics";
import { isObject, type Json, type JsonObject } from "../providerProtocol/json.ts";

/**
 * The object as the server returns it, so that two forms of the same value are not a change. Quantities are in
 * canonical form ("1000m" is "1"), and a Secret's `stringData` becomes `data`.
 */
export function canonical(object: JsonObject): JsonObject {
  const quantities = canonicalQuantities(object, []) as JsonObject;
  return object["kind"] === "Secret" && object["apiVersion"] === "v1" ? encodeStringData(quantities) : quantities;
}

function encodeStringData(secret: JsonObject): JsonObject {
  const { stringData, ...rest } = secret;
  if (!isObject(stringData)) return secret;
  const encoded = Object.entries(stringData).map(([key, value]): [string, Json] => [
    key,
    typeof value === "string" ? Buffer.from(value).toString("base64") : value,
  ]);
  const data = isObject(rest["data"]) ? rest["data"] : {};
  return { ...rest, data: { ...data, ...Object.fromEntries(encoded) } };
}

/** Fields of type Quantity in Kubernetes' types, by their own key or by the key above. */
const quantityKeys = new Set(["averageValue", "sizeLimit"]);
const quantityMaps = new Set(["limits", "requests", "capacity", "hard", "overhead"]);

function canonicalQuantities(value: Json, path: readonly string[]): Json {
  if (Array.isArray(value)) return value.map((element) => canonicalQuantities(element, path));
  if (isObject(value)) {
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, inner]) => [key, canonicalQuantities(inner, [...path, key])]));
  }
  const quantity = typeof value === "string" || typeof value === "number";
  return quantity && holdsQuantity(path) ? canonicalQuantity(value) : value;
}

function holdsQuantity(path: readonly string[]): boolean {
  const key = path.at(-1) ?? "";
  const above = path.at(-2) ?? "";
  return quantityKeys.has(key) || quantityMaps.has(above) || (key === "value" && above === "target");
}

function canonicalQuantity(value: string | number): Json {
  try {
    return parseQuantity(String(value)).canonical;
  } catch {
    return value; // the server reports the error
  }
}
