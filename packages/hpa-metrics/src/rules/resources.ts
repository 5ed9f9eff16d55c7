import { type GoRegExp, goRegExp } from "./goRegExp";
import { parseTemplate, type Template } from "./template/template";
import type { ClusterResource, FindResource } from "./types";

/** A label that names objects of one kind. */
export interface Override {
  readonly label: string;
  readonly group: string;
  readonly resource: string;
}

/** The fields of a rule that say which labels name objects. */
export interface ResourceFields {
  readonly overrides: readonly Override[];
  /** A template with `.Group` and `.Resource`. Empty for none. */
  readonly template: string;
}

/** Which label names objects of which kind. */
export interface Resources {
  resourceOf(label: string, find: FindResource): ClusterResource | undefined;
  labelOf(resource: Pick<ClusterResource, "group" | "resource" | "singular">, find: FindResource): string | undefined;
  unknown(find: FindResource): readonly string[];
  /** Kinds of objects that several overrides name, with their labels. The first label is used. */
  repeated(find: FindResource): readonly { readonly resource: string; readonly labels: readonly string[] }[];
}

/** The resources of a rule, or the end of a sentence that says why its fields are not valid. */
export type ResourcesResult =
  | { readonly ok: true; readonly resources: Resources }
  | { readonly ok: false; readonly why: string };

/** Maximum length of a label that a template gives. */
const MOST_LABEL = 1024;

export const NAMESPACES: ClusterResource = {
  group: "",
  version: "v1",
  resource: "namespaces",
  singular: "namespace",
  kind: "Namespace",
  isNamespaced: false,
};

/**
 * Compiles the fields. Overrides take precedence over the template.
 * Source: pkg/naming/resource_converter.go and pkg/naming/lbl_res.go of prometheus-adapter v0.12.0. With two labels for one
 * kind, prometheus-adapter uses one at random.
 */
export function compileResources({ overrides, template }: ResourceFields): ResourcesResult {
  const form = template === "" ? undefined : labelForm(template);
  if (form && "why" in form) return { ok: false, why: form.why };
  // As in Kubernetes's REST mapper, the case of a resource's letters does not matter.
  const lookUp = (find: FindResource, group: string, resource: string) => find(group, resource.toLowerCase());
  const found = (find: FindResource) =>
    overrides.map((override) => ({ override, resource: lookUp(find, override.group, override.resource) }));
  return {
    ok: true,
    resources: {
      resourceOf: (label, find) => {
        const override = overrides.find((one) => one.label === label);
        if (override) return lookUp(find, override.group, override.resource);
        const match = form?.pattern.find(label);
        return match && lookUp(find, match.group("group") ?? "", match.group("resource") ?? "");
      },
      labelOf: (resource, find) => {
        const named = found(find).find((one) => one.resource && isSame(one.resource, resource));
        return named ? named.override.label : form && labelBy(form.template, resource);
      },
      unknown: (find) =>
        found(find).flatMap(({ override: { label, group, resource }, resource: known }) =>
          known ? [] : [`${resource}${group === "" ? "" : `.${group}`} (label ${label})`],
        ),
      repeated: (find) => {
        const byResource = Map.groupBy(
          found(find).flatMap(({ override, resource }) => (resource ? [{ label: override.label, resource }] : [])),
          ({ resource }) => `${resource.resource}${resource.group === "" ? "" : `.${resource.group}`}`,
        );
        return [...byResource].flatMap(([resource, named]) =>
          named.length < 2 ? [] : [{ resource, labels: named.map(({ label }) => label) }],
        );
      },
    },
  };
}

/** The template, and the pattern that reads group and resource from a label. */
function labelForm(text: string): { template: Template; pattern: GoRegExp } | { why: string } {
  const parsed = parseTemplate(text, ["Group", "Resource"]);
  if (!parsed.ok) return { why: `resources.template is not supported: ${parsed.why}` };
  const reversed = parsed.template.render({ Group: "(?P<group>.+?)", Resource: "(?P<resource>.+?)" }, MOST_LABEL);
  if (!reversed.ok) return { why: `resources.template fails: ${reversed.why}` };
  const compiled = goRegExp(`^${reversed.text}$`);
  if (!compiled.ok) return { why: `resources.template does not give a pattern for labels: ${compiled.why}` };
  if (!compiled.pattern.hasGroup("resource")) return { why: "resources.template does not contain <<.Resource>>" };
  return { template: parsed.template, pattern: compiled.pattern };
}

function labelBy(template: Template, { group, singular }: Pick<ClusterResource, "group" | "singular">) {
  const rendered = template.render({ Group: group.replace(/[.-]/g, "_"), Resource: singular }, MOST_LABEL);
  return rendered.ok && rendered.text !== "" ? rendered.text : undefined;
}

function isSame(a: Pick<ClusterResource, "group" | "resource">, b: Pick<ClusterResource, "group" | "resource">) {
  return a.group === b.group && a.resource === b.resource;
}
