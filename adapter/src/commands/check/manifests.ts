import { parseAllDocuments } from "yaml";
import { record } from "../../kubernetes/listWatch.ts";
import { CheckError } from "./args.ts";

/** An object from a file or from the cluster. */
export interface Manifest {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The file name, or `cluster`. */
  readonly source: string;
  readonly object: Record<string, unknown>;
}

/**
 * Reads all objects of a YAML or JSON text, including the items of lists.
 * @throws CheckError when it cannot be read.
 */
export function readManifests(text: string, source: string, defaultNamespace = "default"): Manifest[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new CheckError(`${source} is not valid YAML: ${error.message.split("\n")[0]}`, "Correct the file");
    const value: unknown = document.toJS();
    return value === null ? [] : manifestsOf(value, source, defaultNamespace);
  });
}

/**
 * Returns one object, or the items of a list, as manifests.
 * @throws CheckError when it is not a Kubernetes object.
 */
export function manifestsOf(value: unknown, source: string, defaultNamespace = "default"): Manifest[] {
  const object = record(value);
  const { kind, items, metadata } = object;
  if (Array.isArray(items)) return items.flatMap((item) => manifestsOf(item, source, defaultNamespace));
  // The configuration of prometheus-adapter is not a Kubernetes object.
  if (kind === undefined && ("rules" in object || "externalRules" in object || "resourceRules" in object)) {
    return [{ kind: "AdapterRules", namespace: "", name: source, source, object }];
  }
  if (typeof kind !== "string") {
    throw new CheckError(
      `${source} contains something that is neither a Kubernetes object nor rules of prometheus-adapter`,
      "Pass HorizontalPodAutoscalers, ScaledObjects, or the ConfigMap or configuration of prometheus-adapter",
    );
  }
  const { name, generateName, namespace } = record(metadata);
  return [
    {
      kind,
      namespace: typeof namespace === "string" ? namespace : defaultNamespace,
      name: String(name ?? generateName ?? ""),
      source,
      object,
    },
  ];
}
