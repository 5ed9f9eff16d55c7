/** The media types in which this API writes objects. */
export const JSON_TYPE = "application/json";
export const YAML_TYPE = "application/yaml";

/** An alternative form of an object that a client can request in its `Accept` header (`as=…;g=…;v=…`). */
export type Transformation = "Table" | "APIGroupDiscoveryList";

/** The media type and form of an answer. */
export interface Representation {
  readonly type: typeof JSON_TYPE | typeof YAML_TYPE;
  /**
   * The requested form; absent for the plain object. The version is `v1` or `v1beta1` of meta.k8s.io for a Table, and
   * `v2` for the discovery list.
   */
  readonly as?: { readonly kind: Transformation; readonly version: string };
}

const TRANSFORMATIONS: Readonly<
  Record<Transformation, { group: string; versions: readonly string[]; types: readonly Representation["type"][] }>
> = {
  Table: { group: "meta.k8s.io", versions: ["v1", "v1beta1"], types: [JSON_TYPE, YAML_TYPE] },
  APIGroupDiscoveryList: { group: "apidiscovery.k8s.io", versions: ["v2"], types: [JSON_TYPE] },
};
const TYPES: ReadonlyMap<string, Representation["type"]> = new Map([
  [JSON_TYPE, JSON_TYPE],
  ["application/*", JSON_TYPE],
  ["*/*", JSON_TYPE],
  [YAML_TYPE, YAML_TYPE],
]);

/**
 * Selects the representation that an `Accept` header prefers among JSON, YAML and the given transformations. Returns
 * `undefined` when the header accepts none of them. The HPA controller sends "protobuf or anything" and gets JSON. This
 * API does not write protobuf, so a header that accepts only protobuf gets `undefined`.
 * Source: apiserver/pkg/endpoints/handlers/negotiation/negotiate.go
 */
export function negotiate(
  header: string | undefined,
  transformations: readonly Transformation[],
): Representation | undefined {
  if (header === undefined || header.trim() === "") return { type: JSON_TYPE };
  for (const clause of clauses(header)) {
    const representation = representationOf(clause, transformations);
    if (representation) return representation;
  }
  return undefined;
}

interface Clause {
  readonly range: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** Limits on the part of the header that is parsed, in characters and in clauses. Real clients send far less. */
const MOST_CHARACTERS = 4_096;
const MOST_CLAUSES = 32;

/** Sorts by quality, then by specificity, then by position in the header. */
function clauses(header: string): Clause[] {
  const read = header
    .slice(0, MOST_CHARACTERS)
    .split(",", MOST_CLAUSES)
    .map((text): Clause => {
      const [range = "", ...parts] = text.split(";").map((part) => part.trim());
      const parameters = new Map(
        parts.map((part): [string, string] => {
          const [name = "", value = ""] = part.split("=").map((side) => side.trim());
          return [name.toLowerCase(), value];
        }),
      );
      return { range: range.toLowerCase(), parameters, quality: Number(parameters.get("q") ?? 1) };
    });
  const stars = ({ range }: Clause) => range.split("*").length;
  return read.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality || stars(a) - stars(b));
}

function representationOf(
  { range, parameters }: Clause,
  transformations: readonly Transformation[],
): Representation | undefined {
  const type = TYPES.get(range);
  const stream = parameters.get("stream") ?? "";
  if (!type || (stream !== "" && stream !== "watch")) return undefined;
  const asked = ["as", "g", "v", "sv"].some((name) => parameters.has(name));
  if (!asked) return { type };
  const version = parameters.get("v") ?? "";
  const kind = transformations.find((name) => name === parameters.get("as"));
  if (!kind) return undefined;
  const { group, versions, types } = TRANSFORMATIONS[kind];
  if (parameters.get("g") !== group || !versions.includes(version) || !types.includes(type)) return undefined;
  return { type, as: { kind, version } };
}

/**
 * Returns whether to indent JSON. The `pretty` parameter decides. Without it, JSON is indented for the command-line
 * tools and browsers that the API server recognizes.
 */
export function wantsPretty(pretty: string | null, userAgent: string | undefined): boolean {
  // The values that Go's strconv.ParseBool reads as true.
  if (pretty) return ["1", "t", "T", "true", "TRUE", "True"].includes(pretty);
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? "");
}
