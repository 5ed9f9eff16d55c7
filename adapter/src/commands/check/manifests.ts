import { holdsRules, record, yamlDocuments } from "@asm-autoscaler/hpa-metrics";
import { reason } from "../../kubernetes/client.ts";
import { CheckError } from "./args.ts";
import { placeholderIn } from "./placeholders.ts";

/** An object from a file or from the cluster. */
export interface Manifest {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The file name, or `cluster`. */
  readonly source: string;
  readonly object: Record<string, unknown>;
}

/** The objects of an input, and one error for each part of it that cannot be read. */
export interface ReadObjects {
  readonly manifests: readonly Manifest[];
  readonly unread: readonly CheckError[];
}

/** The kind of a file with prometheus-adapter's rules or with Helm values, which is not a Kubernetes object. */
export const RULES_FILE = "AdapterRules";

/**
 * Reads all objects of a YAML or JSON text, including the items of lists. Part of the text that cannot be read does not
 * hide the rest. The text is read as kubectl reads it.
 */
export function readManifests(text: string, source: string, defaultNamespace = "default"): ReadObjects {
  const read = yamlDocuments(text).map((document): ReadObjects => {
    const [error] = document.errors;
    if (error) return unreadable(notYaml(error.message, text, source));
    try {
      const value: unknown = document.toJS();
      return value === null || value === undefined ? NOTHING : manifestsOf(value, source, defaultNamespace);
    } catch (thrown) {
      return unreadable(notYaml(reason(thrown), text, source));
    }
  });
  // A command that failed before `check` in a pipe gives an empty text, and not an empty list.
  return read.every((part) => part === NOTHING) ? unreadable(empty(source)) : joined(read);
}

/** What a document without a value has. */
const NOTHING: ReadObjects = { manifests: [], unread: [] };

function unreadable(...unread: CheckError[]): ReadObjects {
  return { manifests: [], unread };
}

function joined(parts: readonly ReadObjects[]): ReadObjects {
  return {
    manifests: parts.flatMap(({ manifests }) => manifests),
    unread: parts.flatMap(({ unread }) => unread),
  };
}

function notYaml(message: string, text: string, source: string): CheckError {
  const [line] = message.split("\n");
  return text.includes("{{")
    ? new CheckError(
        `${source} is a Helm template and not YAML: ${line}`,
        "Render the chart with `helm template` first, and pass check the result",
      )
    : new CheckError(`${source} is not valid YAML: ${line}`, remedyFor(message));
}

function empty(source: string): CheckError {
  return new CheckError(`${source} has no object in it`, "Check the command or the path that it comes from");
}

function remedyFor(message: string): string {
  return /flow/.test(message)
    ? "Correct the file: between braces and brackets, quote a text that contains [, ], {, } or a comma"
    : "Correct the file";
}

/** Returns one object, or the items of a list, as manifests. */
export function manifestsOf(value: unknown, source: string, defaultNamespace = "default"): ReadObjects {
  if (Array.isArray(value)) return joined(value.map((item) => manifestsOf(item, source, defaultNamespace)));
  const object = record(value);
  const { kind, items, metadata } = object;
  if (items === null && kind === "List") return joined([]);
  if (Array.isArray(items) && (kind === undefined || /List$/.test(String(kind)))) {
    const itemKind = typeof kind === "string" ? kind.replace(/List$/, "") : "";
    const typed = itemKind === "" ? {} : { kind: itemKind, apiVersion: object["apiVersion"] };
    // The items of a typed list, such as a HorizontalPodAutoscalerList, need not name their kind.
    return joined(items.map((item) => manifestsOf({ ...typed, ...record(item) }, source, defaultNamespace)));
  }
  if (kind === undefined && holdsRules(object)) {
    return { manifests: [{ kind: RULES_FILE, namespace: "", name: source, source, object }], unread: [] };
  }
  if (typeof kind !== "string") {
    return unreadable(
      new CheckError(
        `${source} contains something that is neither a Kubernetes object nor rules of prometheus-adapter`,
        "Pass HorizontalPodAutoscalers, ScaledObjects, or the ConfigMap, configuration or Helm values of prometheus-adapter",
      ),
    );
  }
  const { name, generateName, namespace } = record(metadata);
  return {
    manifests: [
      {
        kind,
        namespace: wordOf(namespace) ?? defaultNamespace,
        name: wordOf(name) ?? wordOf(generateName) ?? "",
        source,
        object,
      },
    ],
    unread: [],
  };
}

/** Returns a name as text. A placeholder that YAML reads as a mapping is shown as it was written. */
function wordOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? (placeholderIn(value) ?? JSON.stringify(value)) : String(value);
}
