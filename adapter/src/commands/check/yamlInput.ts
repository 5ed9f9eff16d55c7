import { type Document, parseAllDocuments, type Tags } from "yaml";

/** kubectl's reader knows neither the dates nor the numbers with base 60 of YAML 1.1. */
const asKubectl = (tags: Tags): Tags =>
  tags.filter(
    (tag) =>
      typeof tag === "string" ||
      !(tag.tag === "tag:yaml.org,2002:timestamp" || ("format" in tag && tag.format === "TIME")),
  );

/** Parses YAML or JSON as kubectl, Helm and prometheus-adapter read it: as YAML 1.1 with merge keys. */
export function yamlDocuments(text: string): Document.Parsed[] {
  const documents = parseAllDocuments(text, { version: "1.1", merge: true, customTags: asKubectl, logLevel: "silent" });
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
