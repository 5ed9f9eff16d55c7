import { EXTERNAL_API_SERVICE, record } from "@asm-autoscaler/hpa-metrics";
import { type Kubernetes, KubernetesError } from "../kubernetes/client.ts";
import { FIELD_MANAGER, REPLACED } from "./apiService.ts";
import { certificatesOf } from "./pem.ts";

/** A fake API server: one Secret, APIServices, the order to take them over, and HPAs, with their resource versions. */
export interface FakeCluster {
  readonly kubernetes: Kubernetes;
  secret: Record<string, string>;
  /** The APIService that most tests are about. `undefined` when there is none. */
  apiService: FakeApiService | undefined;
  /** The other APIServices by name. */
  readonly others: Map<string, FakeApiService>;
  /** The ConfigMap with the order. `undefined` when there is none. */
  order: { isDeleted?: boolean; finalizers: string[]; data?: Record<string, string> } | undefined;
  hpas: object[];
  /** If set, reads and writes of the APIServices fail with this HTTP status. */
  refuse: number;
  /** If set and it returns an HTTP status, the call fails with it. */
  failing: ((method: string, path: string) => number | undefined) | undefined;
  /** The answer to a read of a metric. By default, there is no such metric. */
  metric: (path: string, query: Readonly<Record<string, string>>) => unknown;
  /** The certificates (PEM) that an APIService trusts, by default the one that most tests are about. */
  trusted(name?: string): string[];
  /** Called once, between the read and the write of an APIService. */
  meanwhile: (() => void) | undefined;
  /** Called after each write of the APIService, such as by a controller that watches it. */
  onWrite: ((apiService: FakeApiService, name: string) => void) | undefined;
  /** Writes of the Secret and the APIServices. */
  writes: number;
  /** Deletes the order. It stays while it has a finalizer. */
  deleteOrder(): void;
}

interface FakeApiService {
  caBundle?: string;
  insecureSkipTLSVerify?: boolean;
  /** Name of a Service in `kube-system`, or `namespace/name`. */
  owner: string;
  /** The annotation REPLACED. */
  replaced?: string;
  /** Who wrote `caBundle`, and who wrote `service`, in the managed fields. */
  writer?: string;
  serviceWriter?: string;
  versionPriority?: number;
}

const SYSTEM = "kube-system";

/** The kinds that the fake API server knows. */
const KINDS: Readonly<Record<string, readonly object[]>> = {
  "/api/v1": [
    { name: "services", kind: "Service" },
    { name: "services/status", kind: "Service" },
    { name: "namespaces", kind: "Namespace" },
  ],
  "/apis/apps/v1": [{ name: "deployments", kind: "Deployment" }],
  "/apis/networking.k8s.io/v1": [{ name: "ingresses", kind: "Ingress" }],
};

/**
 * Creates a cluster with an empty Secret `kube-system/serving`. The APIService defaults to `kube-system/adapter`.
 * @param main the name of the APIService that most tests are about
 */
export function fakeCluster(main: string = EXTERNAL_API_SERVICE): FakeCluster {
  const versions: Record<string, number> = { secret: 1, order: 1 };
  const cluster: FakeCluster = {
    ...{
      secret: {},
      apiService: { owner: "adapter" },
      others: new Map(),
      order: undefined,
      hpas: [],
      refuse: 0,
      writes: 0,
    },
    ...{ meanwhile: undefined, onWrite: undefined, failing: undefined },
    metric: () => {
      throw new KubernetesError(404, "no such metric");
    },
    trusted: (name = main) => certificatesOf(Buffer.from(find(name)?.caBundle ?? "", "base64").toString()),
    deleteOrder() {
      if (!cluster.order) return;
      raise("order");
      if (cluster.order.finalizers.length === 0) cluster.order = undefined;
      else cluster.order.isDeleted = true;
    },
    kubernetes: {
      server: "https://fake",
      watch: async () => undefined,
      token: async () => "own",
      async call(method, path, options) {
        await Promise.resolve();
        const status = cluster.failing?.(method, path);
        if (status) throw new KubernetesError(status, `${method} ${path}: refused`);
        if (path.includes("/secrets/")) return secret(method, options?.body);
        if (path.includes("/configmaps/")) return order(method, options?.body);
        if (path.endsWith("/horizontalpodautoscalers"))
          return { metadata: { resourceVersion: "1" }, items: cluster.hpas };
        if (path in KINDS) return { resources: KINDS[path] };
        if (path.endsWith("/scale")) return { status: { selector: `app=${path.split("/").at(-2)}` } };
        if (/\/(external|custom)\.metrics\.k8s\.io\//.test(path)) return cluster.metric(path, options?.query ?? {});
        return apiService(method, path.split("/").at(-1) ?? "", options?.body);
      },
    },
  };
  const find = (name: string) => (name === main ? cluster.apiService : cluster.others.get(name));
  const versionOf = (kind: string) => `${versions[kind] ?? 1}`;
  const raise = (kind: string) => {
    versions[kind] = (versions[kind] ?? 1) + 1;
  };
  const check = (kind: string, body: unknown) => {
    if (record(record(body)["metadata"])["resourceVersion"] !== versionOf(kind))
      throw new KubernetesError(409, "conflict");
    raise(kind);
    if (kind !== "order") cluster.writes += 1;
  };
  const secret = (method: string, body: unknown) => {
    if (method === "PUT") {
      check("secret", body);
      cluster.secret = (body as { data: Record<string, string> }).data;
    }
    return { metadata: { resourceVersion: versionOf("secret") }, data: cluster.secret };
  };
  const order = (method: string, body: unknown) => {
    if (!cluster.order) throw new KubernetesError(404, "not found");
    if (method === "DELETE") return cluster.deleteOrder();
    if (method === "PATCH") {
      check("order", body);
      const { metadata, data } = body as { metadata: { finalizers?: string[] }; data?: Record<string, string | null> };
      const { finalizers = cluster.order.finalizers } = metadata;
      if (cluster.order.isDeleted && finalizers.some((one) => !cluster.order?.finalizers.includes(one)))
        throw new KubernetesError(422, "no new finalizers can be added");
      const left = Object.entries({ ...cluster.order.data, ...data }).filter(([, value]) => value !== null);
      Object.assign(cluster.order, { finalizers, data: Object.fromEntries(left) });
      const after = orderObject(cluster.order);
      if (cluster.order.isDeleted && finalizers.length === 0) cluster.order = undefined;
      return after;
    }
    return orderObject(cluster.order);
  };
  const orderObject = ({ isDeleted, finalizers, data }: NonNullable<FakeCluster["order"]>) => {
    const deletion = isDeleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {};
    return { metadata: { resourceVersion: versionOf("order"), finalizers, ...deletion }, data };
  };
  const apiService = (method: string, name: string, body: unknown) => {
    if (cluster.refuse) throw new KubernetesError(cluster.refuse, "refused");
    const found = find(name);
    if (!found) throw new KubernetesError(404, "not found");
    if (method === "GET") {
      const answer = apiServiceObject(found, versionOf(name));
      const then = cluster.meanwhile;
      cluster.meanwhile = undefined;
      if (then) {
        then();
        raise(name);
      }
      return answer;
    }
    check(name, body);
    const after = patched(found, body);
    for (const key of Object.keys(found)) Reflect.deleteProperty(found, key);
    Object.assign(found, after);
    const written = JSON.stringify(found);
    cluster.onWrite?.(found, name);
    if (JSON.stringify(found) !== written) raise(name);
    return {};
  };
  return cluster;
}

function apiServiceObject(
  { owner, replaced, writer, serviceWriter, ...spec }: FakeApiService,
  version: string,
): object {
  const [name = "", namespace = SYSTEM] = owner.split("/").reverse();
  const managedFields = [
    { manager: writer ?? FIELD_MANAGER, fieldsV1: { "f:spec": { "f:caBundle": {} } } },
    { manager: serviceWriter ?? FIELD_MANAGER, fieldsV1: { "f:spec": { "f:service": { "f:name": {} } } } },
  ];
  return {
    metadata: {
      ...{ resourceVersion: version, managedFields },
      ...(replaced === undefined ? {} : { annotations: { [REPLACED]: replaced } }),
    },
    // A copy, and a port as the API server sets it.
    spec: { service: { namespace, name, port: 443 }, ...spec },
  };
}

/** Applies a merge patch. As in the API server, a field that is null or false is left out. */
function patched(before: FakeApiService, body: unknown): FakeApiService {
  const { metadata, spec: givenSpec } = record(body);
  const { service, ...spec } = record(givenSpec);
  const annotation = record(record(metadata)["annotations"])[REPLACED];
  const { namespace, name } = record(service);
  const { writer, serviceWriter, ...rest } = before;
  const after = {
    ...rest,
    ...(writer === undefined || "caBundle" in spec ? {} : { writer }),
    ...(serviceWriter === undefined || service !== undefined ? {} : { serviceWriter }),
    ...spec,
    ...(name === undefined ? {} : { owner: namespace === SYSTEM ? name : `${namespace}/${name}` }),
    ...(annotation === undefined ? {} : { replaced: annotation }),
  };
  const left = Object.entries(after).filter(([, value]) => value !== null && value !== false);
  const result = Object.fromEntries(left) as unknown as FakeApiService;
  if (result.caBundle && result.insecureSkipTLSVerify) throw new KubernetesError(422, "both cannot be set");
  return result;
}
