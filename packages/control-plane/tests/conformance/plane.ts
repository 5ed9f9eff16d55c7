import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AddressBlock, claimAddressBlock } from "../../src/addresses.ts";
import { ensureBinaries } from "../../src/binaries.ts";
import { apiServerUrl, frontProxyName, kubeconfigText, makeCredentials } from "../../src/credentials.ts";
import { makeDirectory } from "../../src/directory.ts";
import { runKubectl } from "../../src/kubectl.ts";
import { connectKubernetes, type Kubernetes } from "../../src/kubernetes.ts";
import { apiServerProcess, controllerManagerProcess, etcdProcess } from "../../src/kubernetesProcesses.ts";
import { type Authority, createAuthority, type KeyPair } from "../../src/pki.ts";
import { type ProcessSpec, type RunningProcess, startProcess } from "../../src/processes.ts";
import { prometheusProcess } from "../../src/prometheus.ts";
import { createTeardown } from "../../src/teardown.ts";
import { until } from "../until.ts";

/** The HPA controller looks this often here, so that what it does is seen soon. Seconds. */
export const SYNC_SECONDS = 2;

/** A part that a test may kill and start again. */
type Part = "kube-apiserver" | "prometheus";

/**
 * A control plane for tests that look at it from all sides: they hold both authorities, may end a part, and read the
 * audit log. It has no nodes.
 */
export interface Plane {
  readonly directory: string;
  readonly addresses: AddressBlock;
  readonly kubernetes: Kubernetes;
  readonly apiServerUrl: string;
  readonly prometheusUrl: string;
  /** Proves users to the API server, and to the adapter by `client-ca-file`. */
  readonly clients: Authority;
  /** Proves the API server to the adapter. */
  readonly frontProxy: Authority;
  /** The files from which the API server has its front proxy's authorities and its own certificate; it reads them again. */
  readonly frontProxyFiles: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  /** Writes a kubeconfig with a new client certificate and gives its path. `server` is another way to the API server. */
  kubeconfig(user: string, groups: readonly string[], server?: string): Promise<string>;
  /** Client certificate of the cluster's authority. */
  user(name: string, groups?: readonly string[]): Promise<KeyPair>;
  /** Every TokenReview and SubjectAccessReview that was asked for, in order, as audit events. */
  reviews(): Promise<Review[]>;
  logOf(name: string): Promise<string>;
  kill(part: Part): Promise<void>;
  start(part: Part): Promise<void>;
  stop(): Promise<void>;
}

/** An audited review. */
interface Review {
  user: { username: string };
  objectRef: { resource: string };
  requestObject: { spec: Record<string, unknown> };
}

const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "Request", resources: [{ group: "authentication.k8s.io" }, { group: "authorization.k8s.io" }] },
    { level: "None" },
  ],
};

/** Starts etcd, kube-apiserver, kube-controller-manager and Prometheus. */
export async function startPlane(scrapeConfigs: readonly unknown[] = [], syncSeconds = SYNC_SECONDS): Promise<Plane> {
  const binaries = await ensureBinaries(
    ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl", "prometheus"],
    () => undefined,
  );
  const teardown = createTeardown();
  const running = new Map<string, RunningProcess>();
  const start = async (spec: ProcessSpec) => void running.set(spec.name, await startProcess(spec));
  try {
    const folder = await makeDirectory();
    teardown.add(() => folder.remove());
    const { block: addresses, release } = await claimAddressBlock();
    teardown.add(release);
    teardown.add(async () => void (await Promise.all([...running.values()].reverse().map((one) => one.stop(2)))));
    const directory = folder.path;
    const made = await makeCredentials(directory, addresses);
    const frontProxy = await createAuthority("front-proxy");
    const proxy = await frontProxy.issueClient(frontProxyName);
    await writeFile(made.frontProxyCa, frontProxy.certPem);
    await writeFile(made.frontProxyClient.cert, proxy.certPem);
    await writeFile(made.frontProxyClient.key, proxy.keyPem);
    const setting = { directory, addresses, credentials: made };

    const audit = join(directory, "audit.log");
    await writeFile(join(directory, "audit.json"), JSON.stringify(auditPolicy));
    const apiServer = apiServerProcess(binaries["kube-apiserver"], setting);
    const specs: Record<Part, ProcessSpec> = {
      "kube-apiserver": {
        ...apiServer,
        args: [...apiServer.args, `--audit-policy-file=${join(directory, "audit.json")}`, `--audit-log-path=${audit}`],
      },
      prometheus: await prometheusProcess(binaries.prometheus, {
        directory,
        kubeconfig: made.adminKubeconfig,
        address: addresses.component(3),
        scrapeConfigs,
        scrapeIntervalSeconds: 1,
      }),
    };
    await start(etcdProcess(binaries.etcd, setting));
    await start(specs["kube-apiserver"]);
    const kubernetes = await connectKubernetes(await readFile(made.adminKubeconfig, "utf8"));
    teardown.add(() => kubernetes.close());
    const manager = controllerManagerProcess(binaries["kube-controller-manager"], setting, 0);
    const args = manager.args.map((arg) =>
      arg.startsWith("--horizontal-pod-autoscaler-sync-period") ? `${arg.split("=")[0]}=${syncSeconds}s` : arg,
    );
    await Promise.all([start({ ...manager, args }), start(specs.prometheus)]);
    const kubectl = (given: readonly string[], input?: string) =>
      runKubectl(binaries.kubectl, { kubeconfig: made.adminKubeconfig, home: directory }, given, input);
    await until("the default ServiceAccount", () => kubectl(["get", "serviceaccount", "default"]), 60);

    const url = apiServerUrl(addresses);
    return {
      directory,
      addresses,
      kubernetes,
      apiServerUrl: url,
      prometheusUrl: `http://${addresses.component(3)}:9090`,
      clients: made.clusterAuthority,
      frontProxy,
      frontProxyFiles: { ca: made.frontProxyCa, ...made.frontProxyClient },
      kubectl,
      user: (name, groups = []) => made.clusterAuthority.issueClient(name, groups),
      async kubeconfig(user, groups, server = url) {
        const path = join(directory, `${user}-${new URL(server).port}.kubeconfig`);
        const pair = await made.clusterAuthority.issueClient(user, groups);
        await writeFile(path, kubeconfigText(server, made.clusterAuthority.certPem, pair), { mode: 0o600 });
        return path;
      },
      async reviews() {
        const lines = (await readFile(audit, "utf8")).trim().split("\n");
        return lines.filter((line) => line !== "").map((line): Review => JSON.parse(line));
      },
      logOf: (name) => readFile(join(directory, `${name}.log`), "utf8"),
      kill: async (part) => running.get(part)?.stop(0),
      start: (part) => start(specs[part]),
      stop: teardown.run,
    };
  } catch (error) {
    await teardown.run().catch(() => undefined);
    throw error;
  }
}
