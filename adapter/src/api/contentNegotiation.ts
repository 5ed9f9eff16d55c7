/** The media types that this API writes objects in. */
export const JSON_TYPE = "application/json";
export const YAML_TYPE = "application/yaml";

/** A form of an object that a client may ask for in its `Accept` header (`as=…;g=…;v=…`). */
export type Transformation = "Table" | "APIGroupDiscoveryList";

/** How an answer is written. */
export interface Representation {
  readonly type: typeof JSON_TYPE | typeof YAML_TYPE;
  /** Absent for the object as it is; `v1` or `v1beta1` of meta.k8s.io for a Table, `v2` of the discovery list. */
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
 * The representation that an `Accept` header likes best among JSON, YAML and the given transformations; `undefined` when
 * it takes none of them. The HPA controller's "protobuf or anything" is JSON, protobuf alone is nothing we write.
 * apiserver/pkg/endpoints/handlers/negotiation/negotiate.go
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

/** So much of the header is read, characters and clauses: no client has a fraction of that. */
const MOST_CHARACTERS = 4_096;
const MOST_CLAUSES = 32;

/** By quality, then the more specific first, then as written. */
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
 * Whether JSON is indented: by `pretty`, else for the command line tools and browsers that the API server knows.
 */
export function wantsPretty(pretty: string | null, userAgent: string | undefined): boolean {
  // Go's strconv.ParseBool.
  if (pretty) return ["1", "t", "T", "true", "TRUE", "True"].includes(pretty);
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? "");
}
