import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Secret, Service } from "@pulumi/kubernetes/core/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { settled } from "../arguments/settled";
import { imageReference, pinned } from "../images/image";
import { pullSecrets } from "../images/pullSecrets";
import type { MetricsAdapterArgs } from "./args";
import { COMPRESSED, LOADER, readBundle } from "./bundle";
import { bundleDirectory } from "./bundleDirectory";
import { checkAdapter } from "./check";
import { ADAPTER, API_SERVICE, labels, SERVING_SECRET } from "./identity";
import { createPermissions } from "./permissions";
import { adapterPod } from "./pod";

/**
 * Serves the external metrics API of a cluster from Prometheus, so that HorizontalPodAutoscalers can scale on mesh
 * traffic. A cluster has one such API: where another adapter has registered it, creation fails and nothing is taken
 * over.
 */
export class MetricsAdapter extends pulumi.ComponentResource {
  /** Name of the adapter's Deployment, Service and ServiceAccount. */
  public readonly name: pulumi.Output<string>;
  /** Namespace of the adapter. */
  public readonly namespace: pulumi.Output<string>;
  /** Name of the APIService; known once the API is served, so that what needs the API can depend on it. */
  public readonly apiServiceName: pulumi.Output<string>;

  /** Throws pulumi.InputPropertiesError with all mistakes at once before anything is registered. */
  constructor(name: string, args: MetricsAdapterArgs, opts?: pulumi.ComponentResourceOptions) {
    checkAdapter(name, args);
    const bundle = args.image === undefined ? readBundle(bundleDirectory()) : undefined;
    super("asm-autoscaler:index:MetricsAdapter", name, args, opts);

    const child = { parent: this };
    // Only the URL waits for the late check: a name that waited for another argument would be unknown at preview, and a
    // name that may change is shown as a replacement.
    const prometheusUrl = settled(args, (known) => checkAdapter(name, known)).prometheus.url;
    const namespace = args.namespace ?? "kube-system";
    const metadata = { name: ADAPTER, namespace, labels };

    const permissions = createPermissions(name, namespace, child);
    // Empty: the adapter writes its authority and its pair into it, and what it wrote is nobody else's.
    const servingSecret = new Secret(
      `${name}-serving-secret`,
      { metadata: { ...metadata, name: SERVING_SECRET }, type: "Opaque" },
      { ...child, ignoreChanges: ["data", "stringData"] },
    );
    // Another content is another name: the old one stays until the last pod that mounts it is gone.
    const configMap =
      bundle &&
      new ConfigMap(
        `${name}-bundle`,
        {
          metadata: { ...metadata, name: `${ADAPTER}-${bundle.hash}` },
          immutable: true,
          data: { [LOADER]: bundle.loader },
          binaryData: { [COMPRESSED]: bundle.compressed },
        },
        { ...child, hideDiffs: ["binaryData"], deleteBeforeReplace: false },
      );
    const deployment = new Deployment(
      `${name}-deployment`,
      {
        metadata,
        spec: {
          replicas: args.replicas ?? 2,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: adapterPod({
              image: args.image ?? imageReference(pinned.node, args.imageRegistry),
              prometheusUrl,
              bundleConfigMap: configMap?.metadata.name,
              ...pullSecrets(args.imagePullSecrets),
            }),
          },
        },
      },
      { ...child, dependsOn: [...permissions, servingSecret] },
    );
    const service = new Service(
      `${name}-service`,
      {
        metadata,
        spec: {
          type: "ClusterIP",
          selector: labels,
          ports: [{ name: "https", port: 443, targetPort: "https", protocol: "TCP" }],
        },
      },
      child,
    );
    new PodDisruptionBudget(
      `${name}-disruption-budget`,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } },
      child,
    );
    // Registered last and deleted first: while a registered API does not answer, no namespace of the cluster can be
    // deleted. The adapter writes caBundle; the component never turns verification off.
    const apiService = new APIService(
      `${name}-api-service`,
      {
        metadata: { name: API_SERVICE, labels, annotations: { "pulumi.com/waitFor": "condition=Available" } },
        spec: {
          group: "external.metrics.k8s.io",
          version: "v1beta1",
          groupPriorityMinimum: 100,
          versionPriority: 100,
          service: { name: ADAPTER, namespace, port: 443 },
        },
      },
      { ...child, ignoreChanges: ["spec.caBundle"], dependsOn: [deployment, service] },
    );

    this.name = deployment.metadata.name;
    this.namespace = deployment.metadata.namespace;
    this.apiServiceName = apiService.metadata.name;
    this.registerOutputs({ name: this.name, namespace: this.namespace, apiServiceName: this.apiServiceName });
  }
}
