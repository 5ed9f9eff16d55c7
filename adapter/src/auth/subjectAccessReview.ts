import { record } from "@asm-autoscaler/hpa-metrics";
import type { Requirement, Selector } from "../kubernetes/labelSelector.ts";
import type { Attributes, ResourceAttributes } from "../kubernetes/requestAttributes.ts";
import type { Identity } from "../kubernetes/userInfo.ts";

/**
 * The `spec` of a SubjectAccessReview.
 * https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/
 */
export type AccessQuestion = Readonly<Record<string, unknown>>;

/** The result of an authorization. `reason` is the authorizer's reason for a denial. */
export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: string };

/** Builds the review of one request of a user. Fields that are `undefined` are not sent. */
export function accessQuestion(identity: Identity, attributes: Attributes): AccessQuestion {
  if (!attributes.resourceRequest) {
    const { path, verb } = attributes;
    return { ...subject(identity), nonResourceAttributes: { path, verb } };
  }
  const { namespace, verb, group, version, resource, subresource, name, labelSelector } = attributes;
  const requirements = labelRequirements(labelSelector);
  return {
    ...subject(identity),
    resourceAttributes: {
      ...{ namespace, verb, group, version, resource, subresource, name },
      // A review without the selector needs more permissions, never fewer.
      ...(requirements.length > 0 ? { labelSelector: { requirements } } : {}),
    },
  };
}

/**
 * Builds one review for all metrics of an API in all namespaces. It replaces one review per metric. A custom metric is a
 * subresource. The review has none, because RBAC then allows it only by a rule for the resource `*`, which includes all
 * subresources. With the subresource `*`, a rule for a subresource with that very name would allow it.
 * Source: ResourceMatches in kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go
 */
export function wideQuestion(
  identity: Identity,
  { verb, group, version }: Pick<ResourceAttributes, "verb" | "group" | "version">,
): AccessQuestion {
  return { ...subject(identity), resourceAttributes: { namespace: "", verb, group, version, resource: "*" } };
}

function subject({ user, uid, groups, extra }: Identity): AccessQuestion {
  return { user, uid, groups, extra: Object.fromEntries(extra) };
}

const OPERATORS: Readonly<Record<Requirement["operator"], string | undefined>> = {
  "=": "In",
  "==": "In",
  in: "In",
  "!=": "NotIn",
  notin: "NotIn",
  exists: "Exists",
  "!": "DoesNotExist",
  // A SubjectAccessReview has no equivalent operator.
  gt: undefined,
  lt: undefined,
};

function labelRequirements(selector: Selector): object[] {
  return selector.flatMap(({ key, operator, values }) => {
    const name = OPERATORS[operator];
    if (name === undefined) return [];
    return [{ key, operator: name, ...(values.length > 0 ? { values } : {}) }];
  });
}

/** Maximum length of a denial reason, in UTF-16 code units. A longer reason is truncated. */
const MAX_REASON = 2048;

/** Reads the verdict of a SubjectAccessReview response. If it both allows and denies, the request is denied. */
export function readVerdict(answer: unknown): Verdict {
  const { allowed, denied, reason } = record(record(answer)["status"]);
  if (allowed === true && denied !== true) return { allowed: true };
  return { allowed: false, reason: typeof reason === "string" ? reason.slice(0, MAX_REASON) : "" };
}
