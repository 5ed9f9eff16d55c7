// Parts of OpenAPI documents that both APIs use, with upstream's schema names.

export const LIST_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta";
export const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
export const TIME = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";

export const ref = (schema: string) => ({ $ref: `#/components/schemas/${schema}` });
export const described = (schema: string, description: string) => ({ allOf: [ref(schema)], description });
export const text = (description: string) => ({ type: "string", description });

export const typeMeta = {
  apiVersion: text("The versioned schema of this representation of an object."),
  kind: text("The REST resource this object represents."),
};

export const commonSchemas = {
  [LIST_META]: {
    type: "object",
    description: "Metadata that lists have.",
    properties: {
      continue: text("A token for the next part of a list; never set here."),
      remainingItemCount: { type: "integer", format: "int64", description: "Items left; never set here." },
      resourceVersion: text("The version of the list; never set here."),
      selfLink: text("Deprecated; never set."),
    },
  },
  [QUANTITY]: text("A fixed-point number such as 8308m (8.308) or 10."),
  [TIME]: { type: "string", format: "date-time", description: "A time in RFC 3339." },
};

/** The OpenAPI description of one version of an API group. References are those of version 3. */
export interface Description {
  readonly groupVersion: string;
  /** Schemas by name, without the common ones. */
  readonly schemas: Readonly<Record<string, object>>;
  /** The one operation of each path. */
  readonly reads: readonly ReadOperation[];
}

/** A GET that returns a list of values. */
export interface ReadOperation {
  readonly path: string;
  /** Names of the path's parameters. */
  readonly parameters: readonly string[];
  readonly description: string;
  readonly operationId: string;
  /** Name of the schema of the answer. */
  readonly schema: string;
  readonly action: "list" | "get";
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
}
