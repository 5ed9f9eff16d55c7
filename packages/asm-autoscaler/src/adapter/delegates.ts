import { NEIGHBOURS } from "@asm-autoscaler/hpa-metrics";
import { Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import type { InputError } from "../validation/inputErrors";
import { ADAPTER, labels } from "./identity";

/** An adapter that can run beside this one and whose usual Service and CA are known. */
export const NeighbourAdapter = {
  /** KEDA's metrics server. */
  Keda: "Keda",
  /** Datadog's Cluster Agent. */
  Datadog: "Datadog",
  /** The prometheus-adapter of Kubernetes SIGs. */
  PrometheusAdapter: "PrometheusAdapter",
  /** Zalando's kube-metrics-adapter. */
  KubeMetricsAdapter: "KubeMetricsAdapter",
  /** Alibaba Cloud's ack-alibaba-cloud-metrics-adapter. */
  Alibaba: "Alibaba",
} as const;

/** An adapter that can run beside this one and whose usual Service and CA are known. */
export type NeighbourAdapter = (typeof NeighbourAdapter)[keyof typeof NeighbourAdapter];

const TYPES: Readonly<Record<NeighbourAdapter, keyof typeof NEIGHBOURS>> = {
  Keda: "keda",
  Datadog: "datadog",
  PrometheusAdapter: "prometheus-adapter",
  KubeMetricsAdapter: "kube-metrics-adapter",
  Alibaba: "alibaba",
};

/**
 * Another metrics adapter whose metrics are served through this one. The values are plain, because the permissions and
 * flags of the adapter depend on them.
 */
export interface MetricsAdapterDelegateArgs {
  /** Which adapter it is. It decides the defaults of the other properties. Required unless name and service are set. */
  type?: NeighbourAdapter;
  /** Unique name for errors and metrics: lower-case letters, digits and hyphens. Defaults to a name of the type. */
  name?: string;
  /** Its Service, as namespace/name:port. Defaults to the Service that the type's own installation creates. */
  service?: string;
  /**
   * Secret with its CA in the key ca.crt, as namespace/name. Defaults to the Secret of KEDA for KEDA. The other types
   * need this or insecureSkipVerify.
   */
  caSecret?: string;
  /**
   * Accepts any certificate. Whoever can redirect the connection can then change what HPAs read, and gets the token of
   * the adapter's ServiceAccount. Defaults to false.
   */
  insecureSkipVerify?: boolean;
  /**
   * Names of metrics that it serves besides those that it lists. An asterisk stands for any characters, as in sls_*.
   * Defaults to none.
   */
  metrics?: string[];
  /** Deadline of one read in seconds, at most 30. Defaults to 5. */
  timeoutSeconds?: number;
}

const SERVICE = /^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}:\d{1,5}$/;
const SECRET = /^[a-z0-9-]{1,63}\/[a-z0-9.-]{1,253}$/;
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const PATTERN = /^[A-Za-z0-9*_.:@/-]{1,253}$/;

/** All errors of the delegates, each with its property path. */
export function delegateErrors(delegates: readonly MetricsAdapterDelegateArgs[] | undefined): InputError[] {
  // What has the wrong form is already an error, and is a Promise here.
  if (!Array.isArray(delegates)) return [];
  const names = delegates.map(nameOf);
  return delegates.flatMap((delegate: MetricsAdapterDelegateArgs, index) => [
    ...oneDelegateErrors(delegate, `delegates[${index}]`),
    ...(names.indexOf(names[index]) === index
      ? []
      : [
          {
            path: `delegates[${index}].name`,
            code: "ASM_NAME_INVALID" as const,
            message: `"${names[index]}" is the name of another delegate, too`,
            remedy: "Give each delegate its own name",
          },
        ]),
  ]);
}

function oneDelegateErrors(delegate: MetricsAdapterDelegateArgs, path: string): InputError[] {
  const { metrics = [], timeoutSeconds = 5 } = delegate;
  const [name, service, caSecret] = [nameOf(delegate), serviceOf(delegate), caSecretOf(delegate)];
  const error = (field: string, message: string, remedy: string): InputError => ({
    path: `${path}.${field}`,
    code: "ASM_NAME_INVALID",
    message,
    remedy,
  });
  const errors: InputError[] = [];
  if (name === undefined || !NAME.test(name))
    errors.push(
      error("name", `${JSON.stringify(name ?? null)} is not a name of a delegate`, "Set type, or a name such as keda"),
    );
  if (service === undefined || !SERVICE.test(service))
    errors.push(
      error(
        "service",
        `${JSON.stringify(service ?? null)} is not a Service`,
        "Set namespace/name:port, such as keda/keda-operator-metrics-apiserver:443",
      ),
    );
  if (caSecret !== undefined && !SECRET.test(caSecret))
    errors.push(
      error(
        "caSecret",
        `${JSON.stringify(caSecret)} is not a Secret`,
        "Set namespace/name, such as keda/kedaorg-certs",
      ),
    );
  if (caSecret === undefined && delegate.insecureSkipVerify !== true)
    errors.push(
      error("caSecret", "the CA of this adapter is not known", "Set the Secret that has it, or insecureSkipVerify"),
    );
  if (Array.isArray(metrics) && metrics.some((pattern) => !PATTERN.test(pattern)))
    errors.push(error("metrics", "a pattern has a character that no metric name has", "Set patterns such as sls_*"));
  if (!(timeoutSeconds > 0 && timeoutSeconds <= 30))
    errors.push({
      ...error("timeoutSeconds", `${timeoutSeconds} is not a deadline`, "Set more than 0 and at most 30 seconds"),
      code: "ASM_COUNT_INVALID",
    });
  return errors;
}

function nameOf({ name, type }: MetricsAdapterDelegateArgs): string | undefined {
  return name ?? (type === undefined ? undefined : TYPES[type]);
}

function serviceOf({ service, type }: MetricsAdapterDelegateArgs): string | undefined {
  return service ?? (type === undefined ? undefined : NEIGHBOURS[TYPES[type]]?.service);
}

function caSecretOf({ caSecret, insecureSkipVerify, type }: MetricsAdapterDelegateArgs): string | undefined {
  if (insecureSkipVerify) return undefined;
  return caSecret ?? (type === undefined ? undefined : NEIGHBOURS[TYPES[type]]?.caSecret);
}

/** The adapter's flags, one for each delegate. They name everything, so that a preview shows it. */
export function delegateFlags(delegates: readonly MetricsAdapterDelegateArgs[] | undefined): string[] {
  return (delegates ?? []).map((delegate) => {
    const { type, metrics = [], timeoutSeconds } = delegate;
    const caSecret = caSecretOf(delegate);
    return `--delegate=${[
      `name=${nameOf(delegate)}`,
      ...(type === undefined ? [] : [`type=${TYPES[type]}`]),
      `service=${serviceOf(delegate)}`,
      caSecret === undefined ? "ca=insecure-skip-verify" : `ca-secret=${caSecret}`,
      ...metrics.map((pattern) => `metric=${pattern}`),
      ...(timeoutSeconds === undefined ? [] : [`timeout=${timeoutSeconds}s`]),
    ].join()}`;
  });
}

/**
 * What the adapter must be allowed to do in the cluster: read the metrics of its neighbours, which check this as they
 * check every client. A read of one metric is a `list` for them.
 */
export function delegateRules(delegates: readonly MetricsAdapterDelegateArgs[] | undefined): k8s.rbac.v1.PolicyRule[] {
  if (!delegates?.length) return [];
  return [{ apiGroups: ["external.metrics.k8s.io"], resources: ["*"], verbs: ["get", "list"] }];
}

/** Lets the adapter read the Secrets with its neighbours' CAs, and no other Secret in their namespaces. */
export function createDelegatePermissions(
  name: string,
  namespace: pulumi.Input<string>,
  delegates: readonly MetricsAdapterDelegateArgs[] | undefined,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return (delegates ?? []).flatMap((delegate) => {
    const [theirs = "", secret = ""] = caSecretOf(delegate)?.split("/") ?? [];
    if (secret === "") return [];
    const metadata = { name: `${ADAPTER}-${nameOf(delegate)}`, namespace: theirs, labels };
    const role = new Role(
      `${name}-${nameOf(delegate)}-role`,
      { metadata, rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: [secret], verbs: ["get"] }] },
      opts,
    );
    return new RoleBinding(
      `${name}-${nameOf(delegate)}-role-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: ADAPTER, namespace }],
      },
      opts,
    );
  });
}
