/** A column of a `Table`. `priority` 1 is shown only by `kubectl get -o wide`. */
export interface Column {
  readonly name: string;
  readonly type: "string";
  readonly format: string;
  readonly description: string;
  readonly priority: 0 | 1;
}

/** The column with the evaluation time. */
export const EVALUATED: Column = {
  name: "Evaluated",
  type: "string",
  format: "date-time",
  description: "When Prometheus evaluated the query.",
  priority: 0,
};

/** A row of a `Table`. `name` and `namespace` are those of its object. */
export interface Row {
  readonly name: string;
  /** Empty for an object without a namespace. */
  readonly namespace: string;
  /** One text per column. */
  readonly cells: readonly string[];
}

/**
 * Returns a `Table` of meta.k8s.io, as `kubectl get` prints it. `version` is `v1` or `v1beta1`.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
 */
export function table(version: string, columnDefinitions: readonly Column[], rows: readonly Row[]): object {
  const apiVersion = `meta.k8s.io/${version}`;
  return {
    kind: "Table",
    apiVersion,
    metadata: {},
    columnDefinitions,
    rows: rows.map(({ name, namespace, cells }) => ({
      cells,
      object: {
        kind: "PartialObjectMetadata",
        apiVersion,
        metadata: { name, ...(namespace === "" ? {} : { namespace }), creationTimestamp: null },
      },
    })),
  };
}
