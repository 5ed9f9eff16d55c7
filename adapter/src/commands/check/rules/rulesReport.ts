import { findConfigs, findInConfigMap, type RulesOwner } from "@asm-autoscaler/hpa-metrics";
import { METADATA } from "../hpaShapes.ts";
import { type Manifest, RULES_FILE } from "../manifests.ts";
import { type Finding, misfitFinding, type Report, unknownFinding } from "../report.ts";
import { misfits, type Shape } from "../shape.ts";
import { type ExternalRule, readRules } from "./readRules.ts";
import type { GivenRules } from "./servedByRules.ts";
import { readServed, servedFindings } from "./servedRules.ts";

/** The rules of prometheus-adapter, or of Alibaba Cloud's adapter, in one object. */
export interface ManifestRules {
  readonly owner: RulesOwner;
  readonly manifest: Manifest;
  /** External rules whose queries become annotations. None if the adapter serves the rules as they are. */
  readonly external: readonly ExternalRule[];
  /** The rules that the adapter serves as they are. Absent if their queries become annotations. */
  readonly served?: GivenRules;
  readonly findings: readonly Finding[];
}

const CONFIG_MAP: Shape = {
  fields: { apiVersion: "text", kind: "text", metadata: METADATA, data: "any", immutable: "any" },
};

/**
 * Reads the rules in an object: a ConfigMap, a configuration, Helm values, or an object that contains Helm values, such
 * as a HelmRelease. Returns undefined when there are none.
 * @param translates Whether their queries become annotations. Otherwise the adapter serves them as they are.
 */
export function rulesIn(manifest: Manifest, translates: boolean): ManifestRules | undefined {
  const found = manifest.kind === "ConfigMap" ? rulesInConfigMap(manifest) : rulesInValues(manifest);
  if (found === undefined) return undefined;
  const { untranslated, origin, ...rules } = found;
  if (translates) return { ...rules, findings: [...untranslated, ...rules.findings] };
  const { served, findings } = readServed(manifest.object, rules.owner, origin);
  const told = new Set(rules.findings.map(({ key }) => key));
  const more = findings.filter(({ key }) => key === undefined || !told.has(key));
  return { ...rules, external: [], ...(served ? { served } : {}), findings: [...more, ...rules.findings] };
}

/** Rules with what is said of them if they are translated. */
interface FoundRules extends ManifestRules {
  readonly origin: string;
  readonly untranslated: readonly Finding[];
}

function rulesInValues(manifest: Manifest): FoundRules | undefined {
  const { kind, object, source } = manifest;
  const configs = findConfigs(object);
  if (configs.length === 0) return undefined;
  const isFile = kind === RULES_FILE;
  // In another object, such as a HelmRelease, the fields beside the values are that object's own.
  const read = configs.map((config) => readRules(isFile ? config : { ...config, others: [] }, source));
  const owner = configs[0]?.owner ?? "prometheus-adapter";
  const rest = unknownFinding(`check reads the values of ${owner} in the ${kind}, and nothing else`, "not read");
  return {
    owner,
    manifest,
    origin: source,
    external: read.flatMap(({ external }) => external),
    untranslated: read.flatMap(({ untranslated }) => untranslated),
    findings: [...read.flatMap(({ findings }) => findings), ...(isFile ? [] : [rest])],
  };
}

function rulesInConfigMap(manifest: Manifest): FoundRules | undefined {
  const { configs, unread } = findInConfigMap(manifest.object);
  if (configs.length === 0 && unread.length === 0) return undefined;
  const owner = /alibaba-cloud-metrics-adapter/.test(manifest.name)
    ? "ack-alibaba-cloud-metrics-adapter"
    : "prometheus-adapter";
  const origin = `${manifest.namespace}/${manifest.name}`;
  const read = configs.map((config) => readRules({ ...config, owner }, origin));
  return {
    owner,
    manifest,
    origin,
    external: read.flatMap(({ external }) => external),
    untranslated: read.flatMap(({ untranslated }) => untranslated),
    findings: [
      ...misfits(manifest.object, CONFIG_MAP).map(misfitFinding),
      ...unread.map(({ key, why }) =>
        unknownFinding(`the rules in ${key} are not valid YAML: ${why}`, "not read", key),
      ),
      ...read.flatMap(({ findings }) => findings),
    ],
  };
}

/**
 * Reports what is not served or translated of the rules. The rules in `used` are reported at the HPAs that use them.
 * @param hasHpas Whether any HPA was given. Without one, nothing is known about who uses a rule.
 */
export function rulesReport(
  { owner, manifest, external, served, findings }: ManifestRules,
  used: ReadonlySet<ExternalRule>,
  hasHpas: boolean,
): Report {
  const unused = external.filter((rule) => !used.has(rule) && rule.fault === undefined);
  const { kind, namespace, name, source } = manifest;
  const named = kind === RULES_FILE ? "" : `${kind === "ConfigMap" ? "" : `${kind} `}${namespace}/${name} `;
  return {
    subject: `Rules of ${owner} ${named}(${source})`,
    compared: { what: "Rules", with: "prometheus-adapter" },
    findings: [
      ...(served ? servedFindings(served) : []),
      ...unused.map(({ place, seriesQuery }) => ({
        id: owner,
        differs: !hasHpas,
        message: `no HPA that was given uses ${place} (${seriesQuery})`,
        reference: "serves whatever the rule finds",
        here: hasHpas ? "nothing to translate" : "nothing is translated: pass the HPAs as well",
      })),
      ...findings,
    ],
  };
}
