import { readFile } from "node:fs/promises";
import { ProblemError, problem, problemText } from "@asm-autoscaler/hpa-metrics";
import { type AddressBlock, claimAddressBlock } from "./addresses.ts";
import { ensureBinaries } from "./binaries.ts";
import { type Credentials, makeCredentials } from "./credentials.ts";
import { makeDirectory } from "./directory.ts";
import { runKubectl } from "./kubectl.ts";
import { connectKubernetes, type Kubernetes } from "./kubernetes.ts";
import { apiServerProcess, controllerManagerProcess, etcdProcess, type Setting } from "./kubernetesProcesses.ts";
import type { KeyPair } from "./pki.ts";
import { lastLines, type ProcessSpec, startProcess } from "./processes.ts";
import type { Program } from "./programs.ts";
import type { OnProgress } from "./progress.ts";
import { prometheusProcess } from "./prometheus.ts";
import { createTeardown } from "./teardown.ts";

export interface ControlPlaneOptions {
  /** Downscale stabilization of the HPA controller, in seconds. Default: 300, as in Kubernetes. */
  downscaleStabilizationSeconds?: number;
  /**
   * Prometheus scrape configurations, as objects of its `scrape_configs`. `kubernetes_sd_configs` use the admin
   * kubeconfig.
   */
  scrapeConfigs?: readonly unknown[];
  /** Prometheus's global scrape interval in seconds. Default 15. */
  scrapeIntervalSeconds?: number;
  /** Whether Prometheus accepts samples by remote write. Default: false. */
  acceptsWrites?: boolean;
  /** Also called later if a process ends unexpectedly. */
  onProgress?: OnProgress;
}

/** A running control plane. */
export interface ControlPlane {
  /**
   * Temporary folder of this control plane, removed by `stop()`. Put logs and files of stand-ins in subfolders of it.
   */
  readonly directory: string;
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  readonly addresses: AddressBlock;
  readonly kubernetes: Kubernetes;
  /** `http://127.A.1.3:9090` */
  readonly prometheusUrl: string;
  readonly binaries: Readonly<Record<Program, string>>;
  /** The certificate of the cluster CA. */
  readonly caPem: string;
  /** Runs kubectl as admin. @returns its standard output. @throws Error with its standard error if it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /**
   * Issues a serving certificate from the cluster CA, for stand-ins that serve TLS. Names are DNS names and IP
   * addresses.
   */
  issueServingCertificate(names: readonly string[]): Promise<KeyPair>;
  /** Stops every process, releases the addresses and removes the folder. */
  stop(): Promise<void>;
}

/** The programs of a control plane, and those that work with it. */
export const clusterPrograms: readonly Program[] = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kubectl",
  "prometheus",
  "pulumi",
];
const namespacesSeconds = 30;

/**
 * Starts etcd, kube-apiserver, kube-controller-manager and Prometheus on their own loopback addresses. Waits until pods
 * can be created. There are no nodes yet.
 * @throws Error with a code if a program is not available or does not become ready. Then nothing is left running.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const onProgress = options.onProgress ?? (() => {});
  const binaries = await ensureBinaries(clusterPrograms, onProgress);

  const teardown = createTeardown();
  const start = async (spec: ProcessSpec): Promise<void> => {
    const begun = Date.now();
    const process = await startProcess(spec);
    teardown.add(() => process.stop());
    onProgress(`${spec.name} is ready after ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    void process.ended.then(async (how) => {
      if (teardown.begun) return;
      const log = await lastLines(spec.logFile);
      onProgress(problemText(problem("ASM_PROCESS_DIED", `${spec.name} ended by itself (${how})\n${log}`)));
    });
  };

  try {
    const folder = await makeDirectory();
    teardown.add(() => folder.remove());
    const { block: addresses, release } = await claimAddressBlock();
    teardown.add(release);
    const directory = folder.path;
    const credentials = await makeCredentials(directory, addresses);
    const kubeconfig = credentials.adminKubeconfig;
    const setting: Setting = { directory, addresses, credentials };

    await start(etcdProcess(binaries.etcd, setting));
    await start(apiServerProcess(binaries["kube-apiserver"], setting));
    const kubernetes = await connectKubernetes(await readFile(kubeconfig, "utf8"));
    teardown.add(() => kubernetes.close());
    const prometheus = await prometheusProcess(binaries.prometheus, {
      directory,
      kubeconfig,
      address: addresses.component(3),
      scrapeConfigs: options.scrapeConfigs ?? [],
      scrapeIntervalSeconds: options.scrapeIntervalSeconds ?? 15,
      acceptsWrites: options.acceptsWrites ?? false,
    });
    const stabilization = options.downscaleStabilizationSeconds ?? 300;
    const both = await Promise.allSettled([
      start(controllerManagerProcess(binaries["kube-controller-manager"], setting, stabilization)),
      start(prometheus),
    ]);
    for (const one of both) if (one.status === "rejected") throw one.reason;
    await namespacesReady(kubernetes);

    return {
      directory,
      kubeconfig,
      addresses,
      kubernetes,
      prometheusUrl: prometheus.url,
      binaries,
      caPem: credentials.clusterAuthority.certPem,
      kubectl: (args, input) => runKubectl(binaries.kubectl, { kubeconfig, home: directory }, args, input),
      issueServingCertificate: (names) => issueServing(credentials, names),
      stop: teardown.run,
    };
  } catch (error) {
    // Report the error of the start, not an error of the cleanup.
    await teardown.run().catch(() => undefined);
    throw error;
  }
}

/**
 * Waits until namespaces accept pods: the API server rejects pods until the controller manager has created the
 * namespace's default ServiceAccount.
 */
async function namespacesReady(kubernetes: Kubernetes): Promise<void> {
  const missing = new Set(["default", "kube-system"]);
  const path = "/api/v1/serviceaccounts?fieldSelector=metadata.name%3Ddefault";
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      watch.stop();
      const names = [...missing].join(", ");
      reject(
        new ProblemError(
          problem("ASM_NAMESPACES_NOT_READY", `No default ServiceAccount in ${names} after ${namespacesSeconds} s`),
        ),
      );
    }, namespacesSeconds * 1000);
    const watch = kubernetes.watchObjects(path, {
      onEvent: ({ object }) => {
        missing.delete(object.metadata?.namespace ?? "");
        if (missing.size > 0) return;
        clearTimeout(late);
        // The first event arrives only after this function has returned, so `watch` is defined.
        watch.stop();
        resolve();
      },
    });
  });
}

async function issueServing(credentials: Credentials, names: readonly string[]): Promise<KeyPair> {
  return credentials.clusterAuthority.issueServer(names[0] ?? "server", names);
}
