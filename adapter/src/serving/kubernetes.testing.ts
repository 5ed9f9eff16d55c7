import { type Kubernetes, KubernetesError } from "../kubernetes/client.ts";
import { certificatesOf } from "./pem.ts";

/** A fake API server for the serving certificate: one Secret and one APIService, with their resource versions. */
export interface FakeCluster {
  readonly kubernetes: Kubernetes;
  secret: Record<string, string>;
  /** `undefined` when there is no APIService. */
  apiService: { caBundle?: string; insecureSkipTLSVerify?: boolean; owner: string } | undefined;
  /** If set, reads and writes of the APIService fail with this HTTP status. */
  refuse: number;
  /** The certificates (PEM) that the APIService trusts. */
  trusted(): string[];
  /** Called once, between the read and the write of an APIService. */
  meanwhile: (() => void) | undefined;
  writes: number;
}

/** Creates a cluster with an empty Secret `kube-system/serving`. The APIService defaults to `kube-system/adapter`. */
export function fakeCluster(): FakeCluster {
  let version = 1;
  let seen = "";
  const cluster: FakeCluster = {
    secret: {},
    apiService: { owner: "adapter" },
    refuse: 0,
    meanwhile: undefined,
    writes: 0,
    trusted: () => certificatesOf(Buffer.from(cluster.apiService?.caBundle ?? "", "base64").toString()),
    kubernetes: {
      server: "https://fake",
      watch: async () => undefined,
      async call(method, path, options) {
        await Promise.resolve();
        return path.includes("/secrets/") ? secret(method, options?.body) : apiService(method, options?.body);
      },
    },
  };
  const check = (body: unknown) => {
    const { metadata } = body as { metadata: { resourceVersion: string } };
    if (metadata.resourceVersion !== String(version)) throw new KubernetesError(409, "conflict");
    version += 1;
    cluster.writes += 1;
  };
  const secret = (method: string, body: unknown) => {
    if (method === "PUT") {
      check(body);
      cluster.secret = (body as { data: Record<string, string> }).data;
    }
    return { metadata: { resourceVersion: String(version) }, data: cluster.secret };
  };
  const apiService = (method: string, body: unknown) => {
    if (cluster.refuse) throw new KubernetesError(cluster.refuse, "refused");
    if (!cluster.apiService) throw new KubernetesError(404, "not found");
    if (method === "GET") {
      const { owner, ...spec } = cluster.apiService;
      seen = String(version);
      const answer = {
        metadata: { resourceVersion: seen },
        spec: { service: { namespace: "kube-system", name: owner }, ...spec },
      };
      const then = cluster.meanwhile;
      cluster.meanwhile = undefined;
      if (then) {
        then();
        version += 1;
      }
      return answer;
    }
    check(body);
    Object.assign(cluster.apiService, (body as { spec: object }).spec);
    return {};
  };
  return cluster;
}
