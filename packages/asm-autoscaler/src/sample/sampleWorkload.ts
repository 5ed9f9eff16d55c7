import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Service } from "@pulumi/kubernetes/core/v1";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1";
import type * as k8s from "@pulumi/kubernetes/types/input";
import * as pulumi from "@pulumi/pulumi";
import { imageReference, pinned, pullSecretErrors, pullSecrets, registryErrors } from "../images/image";
import { missingErrors, nameErrors, namespaceName } from "../validation/inputErrors";
import { knownValue, settled } from "../validation/inputs";
import { validateArgs } from "../validation/validateArgs";
import {
  LOAD_REQUESTS_PER_SECOND,
  LOAD_TESTER,
  loadCommand,
  loadTesterPod,
  PODINFO,
  PODINFO_PORT,
  podinfoPod,
} from "./podinfo";

/**
 * The sample application of Alibaba Cloud's guide: podinfo, the workload to scale, and a load tester that calls it
 * through the mesh. podinfo has no fixed number of replicas, because its autoscaler sets it.
 */
export class SampleWorkload extends pulumi.ComponentResource {
  /** Name of the Deployment to scale, podinfo. */
  public readonly deploymentName: pulumi.Output<string>;
  /** Namespace of the sample. */
  public readonly namespace: pulumi.Output<string>;
  /** Shell command that puts load on podinfo for five minutes. */
  public readonly loadCommand: pulumi.Output<string>;
  /** Maximum requests per second of that load, for expectedRequestsPerSecond of a TrafficAutoscaler. */
  public readonly loadRequestsPerSecond: pulumi.Output<number>;
  /** Container images of both, each with the registry that nodes pull it from. */
  public readonly images: pulumi.Output<string[]>;

  /** @throws pulumi.InputPropertiesError with all problems of the arguments at once, before anything is registered. */
  constructor(name: string, args: SampleWorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    args = validateSample(name, args);
    super("asm-autoscaler:index:SampleWorkload", name, args, opts);

    const child = { parent: this };
    const { namespace } = args;
    const images = {
      podinfo: imageReference(pinned.podinfo, args.imageRegistry),
      loadTester: imageReference(pinned.loadTester, args.imageRegistry),
    };
    // Only the pods' images wait for the late check: a name that waited for another argument would be unknown at preview,
    // and a name that may change is shown as a replacement.
    const checked = settled(args, (known) => validateSample(name, known));
    const image = (which: keyof typeof images) => pulumi.all([images[which], checked]).apply(([known]) => known);
    const secrets = pullSecrets(args.imagePullSecrets);

    const podinfo = new Deployment(
      `${name}-podinfo`,
      deployment(namespace, PODINFO, { ...podinfoPod(image("podinfo")), ...secrets }, "9797"),
      child,
    );
    new Service(`${name}-podinfo-service`, service(namespace, PODINFO, PODINFO_PORT), child);
    new Deployment(
      `${name}-loadtester`,
      deployment(namespace, LOAD_TESTER, { ...loadTesterPod(image("loadTester")), ...secrets }, "8080"),
      child,
    );
    new Service(`${name}-loadtester-service`, service(namespace, LOAD_TESTER, 80), child);
    new NetworkPolicy(`${name}-loadtester-network-policy`, loadTesterPolicy(namespace), child);

    this.deploymentName = podinfo.metadata.name;
    this.namespace = podinfo.metadata.namespace;
    this.loadCommand = loadCommand(this.namespace);
    this.loadRequestsPerSecond = pulumi.output(LOAD_REQUESTS_PER_SECOND);
    this.images = pulumi.all(Object.values(images));
    this.registerOutputs({
      deploymentName: this.deploymentName,
      namespace: this.namespace,
      loadCommand: this.loadCommand,
      loadRequestsPerSecond: this.loadRequestsPerSecond,
      images: this.images,
    });
  }
}

/** A Deployment that names no number of replicas; its own metrics are on the port that its annotations name. */
function deployment(
  namespace: pulumi.Input<string>,
  app: string,
  spec: k8s.core.v1.PodSpec,
  metricsPort: string,
): { metadata: k8s.meta.v1.ObjectMeta; spec: k8s.apps.v1.DeploymentSpec } {
  const labels = { app };
  const annotations = { "prometheus.io/scrape": "true", "prometheus.io/port": metricsPort };
  return {
    metadata: { name: app, namespace, labels },
    spec: {
      minReadySeconds: 3,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } },
      selector: { matchLabels: labels },
      template: { metadata: { labels, annotations }, spec },
    },
  };
}

/** The name of the port tells the mesh that it is HTTP, and so that requests can be counted. */
function service(namespace: pulumi.Input<string>, app: string, port: number) {
  const labels = { app };
  return {
    metadata: { name: app, namespace, labels },
    spec: {
      type: "ClusterIP",
      selector: labels,
      ports: [{ name: "http", port, targetPort: "http", protocol: "TCP" }],
    },
  };
}

/**
 * Ports on which a sidecar serves metrics: Envoy's own, and those that the agent merges.
 * https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio
 */
const SIDECAR_METRICS = [15090, 15020];

/**
 * NetworkPolicy for ingress to the load tester: only its sidecar's metrics. The load tester runs any command that is
 * posted to its port. `loadCommand` does not need the port, because `kubectl exec` starts the load inside the pod.
 */
function loadTesterPolicy(namespace: pulumi.Input<string>) {
  const labels = { app: LOAD_TESTER };
  const ports = SIDECAR_METRICS.map((port) => ({ port, protocol: "TCP" }));
  return {
    metadata: { name: LOAD_TESTER, namespace, labels },
    spec: {
      podSelector: { matchLabels: labels },
      policyTypes: ["Ingress"],
      ingress: [{ from: [{ namespaceSelector: {} }], ports }],
    },
  };
}

/** Arguments of a SampleWorkload. */
export interface SampleWorkloadArgs {
  /**
   * Namespace of the sample. It must exist, and its pods must get sidecars, as those of a MeshNamespace do. A change
   * replaces the sample.
   */
  namespace: pulumi.Input<string>;
  /** Registry that mirrors ghcr.io, with or without a path, for both images. Defaults to ghcr.io. */
  imageRegistry?: pulumi.Input<string>;
  /** Names of Secrets with registry credentials in the sample's namespace. Defaults to none. */
  imagePullSecrets?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Validates the arguments of a SampleWorkload as far as they are known. @throws pulumi.InputPropertiesError */
function validateSample<T extends SampleWorkloadArgs>(name: string, args: T): T {
  return validateArgs("SampleWorkload", name, args, (known: SampleWorkloadArgs) => [
    ...missingErrors("namespace", knownValue(known.namespace), "Set a namespace whose pods get sidecars"),
    ...nameErrors("namespace", knownValue(known.namespace), namespaceName),
    ...registryErrors("imageRegistry", knownValue(known.imageRegistry)),
    ...pullSecretErrors("imagePullSecrets", known.imagePullSecrets),
  ]);
}
