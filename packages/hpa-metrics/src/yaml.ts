import {
  type Document,
  type DocumentOptions,
  type ParseOptions,
  parseAllDocuments,
  type ScalarTag,
  type SchemaOptions,
  type Tags,
} from "yaml";

/** The octal numbers of YAML 1.2, such as `0o17`. */
const OCTAL: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  format: "OCT",
  test: /^[-+]?0[oO][0-7][0-7_]*$/,
  resolve: (text) => {
    const value = Number.parseInt(text.replace(/^[-+]?0o|_/gi, ""), 8);
    return text.startsWith("-") ? -value : value;
  },
};

/**
 * kubectl's reader knows neither the dates nor the numbers with base 60 of YAML 1.1, and it knows the octal numbers of
 * YAML 1.2 beside those of 1.1.
 */
const asKubectl = (tags: Tags): Tags => [
  OCTAL,
  ...tags.filter(
    (tag) =>
      typeof tag === "string" ||
      !(tag.tag === "tag:yaml.org,2002:timestamp" || ("format" in tag && tag.format === "TIME")),
  ),
];

/** Options for YAML and JSON as kubectl, Helm and prometheus-adapter read it: as YAML 1.1 with merge keys. */
export const YAML_OPTIONS: ParseOptions & DocumentOptions & SchemaOptions = {
  version: "1.1",
  merge: true,
  customTags: asKubectl,
  logLevel: "silent",
};

/** Parses YAML or JSON as kubectl, Helm and prometheus-adapter read it. */
export function yamlDocuments(text: string): Document.Parsed[] {
  const documents = parseAllDocuments(text, YAML_OPTIONS);
  return Array.isArray(documents) ? documents : [];
}

/**
 * Parses a text with one document.
 * @throws Error when it is not valid YAML.
 */
export function yamlValue(text: string): unknown {
  const [document] = yamlDocuments(text);
  const [error] = document?.errors ?? [];
  if (error) throw error;
  return document?.toJS();
}
