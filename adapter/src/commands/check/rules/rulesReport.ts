import { findConfigs, findInConfigMap, type RulesOwner } from "@asm-autoscaler/hpa-metrics";
import { METADATA } from "../hpaShapes.ts";
import { type Manifest, RULES_FILE } from "../manifests.ts";
import { type Finding, misfitFinding, type Report, unknownFinding } from "../report.ts";
import { misfits, type Shape } from "../shape.ts";
import { type ExternalRule, readRules } from "./readRules.ts";

/** The rules of prometheus-adapter, or of Alibaba Cloud's adapter, in one object. */
export interface ManifestRules {
  readonly owner: RulesOwner;
  readonly manifest: Manifest;
  readonly external: readonly ExternalRule[];
  readonly findings: readonly Finding[];
}

const CONFIG_MAP: Shape = {
  fields: { apiVersion: "text", kind: "text", metadata: METADATA, data: "any", immutable: "any" },
};

/**
 * Reads the rules in an object: a ConfigMap, a configuration, Helm values, or an object that contains Helm values, such
 * as a HelmRelease. Returns undefined when there are none.
 */
export function rulesIn(manifest: Manifest): ManifestRules | undefined {
  const { kind, object, source } = manifest;
  if (kind === "ConfigMap") return rulesInConfigMap(manifest);
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
    external: read.flatMap(({ external }) => external),
    findings: [...read.flatMap(({ findings }) => findings), ...(isFile ? [] : [rest])],
  };
}

function rulesInConfigMap(manifest: Manifest): ManifestRules | undefined {
  const { configs, unread } = findInConfigMap(manifest.object);
  if (configs.length === 0 && unread.length === 0) return undefined;
  const owner = /alibaba-cloud-metrics-adapter/.test(manifest.name)
    ? "ack-alibaba-cloud-metrics-adapter"
    : "prometheus-adapter";
  const read = configs.map((config) => readRules({ ...config, owner }, `${manifest.namespace}/${manifest.name}`));
  return {
    owner,
    manifest,
    external: read.flatMap(({ external }) => external),
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
 * Reports what is not translated of the rules. The rules in `used` are reported at the HPAs that use them.
 * @param hasHpas Whether any HPA was given. Without one, nothing is known about who uses a rule.
 */
export function rulesReport(
  { owner, manifest, external, findings }: ManifestRules,
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
