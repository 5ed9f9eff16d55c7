import { MetricsAdapter, type MetricsAdapterArgs } from "@asm-autoscaler/asm-autoscaler";
import * as pulumi from "@pulumi/pulumi";

/** A Kubernetes object as the component emits it, without what only Pulumi reads. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/**
 * The order in which Kubernetes accepts the objects. The APIService is last: while a registered API does not answer, no
 * namespace of the cluster can be deleted.
 */
const ORDER = ["ServiceAccount", "Secret", "ConfigMap", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"];
const LAST = ["ValidatingWebhookConfiguration", "APIService"];

/** The objects of a `MetricsAdapter`, in the order in which a client must create them. */
export async function adapterObjects(args: MetricsAdapterArgs): Promise<KubernetesObject[]> {
  const objects: KubernetesObject[] = [];
  await pulumi.runtime.setMocks({
    call: () => ({}),
    newResource({ type, name, inputs }) {
      if (type.startsWith("kubernetes:")) objects.push(clean(inputs));
      return { id: name, state: inputs };
    },
  });
  new MetricsAdapter("adapter", args);
  await pulumi.runtime.disconnect();
  return objects.toSorted(
    (a, b) => rank(a) - rank(b) || (a.kind + a.metadata.name < b.kind + b.metadata.name ? -1 : 1),
  );
}

function rank({ kind }: KubernetesObject): number {
  const last = LAST.indexOf(kind);
  if (last >= 0) return ORDER.length + 1 + last;
  const place = ORDER.indexOf(kind);
  return place >= 0 ? place : ORDER.length;
}

function clean(inputs: Record<string, unknown>): KubernetesObject {
  const object: KubernetesObject & { data?: unknown } = JSON.parse(JSON.stringify(inputs));
  const { annotations, ...metadata } = object.metadata;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !key.startsWith("pulumi.com/"));
  return {
    ...object,
    ...(object.data === undefined ? {} : { data: plain(object.data) }),
    metadata: { ...metadata, ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}) },
  };
}

/** Pulumi's mocks leave the mark of a secret around its value. */
function plain(data: unknown): unknown {
  return typeof data === "object" && data !== null && "value" in data ? data.value : data;
}
