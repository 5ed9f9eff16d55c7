import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Secret, Service } from "@pulumi/kubernetes/core/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { imageReference, pinned, pullSecrets } from "../images/image";
import { outsideMesh } from "../prometheus/identity";
import { isGiven, knownValue, settled, UNKNOWN } from "../validation/inputs";
import type { MetricsAdapterArgs } from "./args";
import { bundleDirectory, COMPRESSED, LOADER, readBundle } from "./bundle";
import { serverVolumes } from "./credentials";
import {
  ADAPTER,
  ADAPTER_NAMESPACE,
  labels,
  portsOf,
  REPLICAS,
  SERVING_SECRET,
  START_HASH,
  WEBHOOK_PORT,
} from "./identity";
import { createAlerts, createDashboards } from "./monitoring";
import { createNetworkPolicy } from "./networkPolicy";
import { createPermissions } from "./permissions";
import { placementOf } from "./placement";
import { adapterPod } from "./pod";
import { serveApi } from "./registration";
import { createRules } from "./rules";
import { createPrometheusSecret, dialectFlags, serverFiles, startHash } from "./servers";
import { strategyOf } from "./updateStrategy";
import { validateAdapter } from "./validate";
import { createWebhook } from "./webhook";
import { webhookCertificate } from "./webhookCertificate";

/**
 * Serves the external metrics API of a cluster from Prometheus, so that HorizontalPodAutoscalers can scale on mesh
 * traffic. With rules of prometheus-adapter, it also serves the custom metrics API. A cluster has one external metrics API. If another adapter has registered it, creation fails with `already
 * exists`, and the other registration stays as it is. Then set `takeOver`, or `registerApiService` to false.
 */
export class MetricsAdapter extends pulumi.ComponentResource {
  /** Name of the adapter's Deployment, Service and ServiceAccount. */
  public readonly name: pulumi.Output<string>;
  /** Namespace of the adapter. */
  public readonly namespace: pulumi.Output<string>;
  /** Name of the APIService, known once the API is served. Absent if registerApiService is false. */
  public readonly apiServiceName: pulumi.Output<string | undefined>;
  /** The container image of the adapter, with the registry that nodes pull it from. */
  public readonly images: pulumi.Output<string[]>;

  /** @throws pulumi.InputPropertiesError with all problems of the arguments at once, before anything is registered. */
  constructor(name: string, args: MetricsAdapterArgs, opts?: pulumi.ComponentResourceOptions) {
    args = validateAdapter(name, args);
    const bundle = isGiven(args.image) ? undefined : readBundle(bundleDirectory());
    super("asm-autoscaler:index:MetricsAdapter", name, withSecrets(args), opts);

    const child = { parent: this };
    // Only the servers wait for the late check: a name that waited for another argument would be unknown at preview, and
    // a name that may change is shown as a replacement.
    const files = settled(args, (known) => validateAdapter(name, known)).apply(serverFiles);
    const namespace = args.namespace ?? ADAPTER_NAMESPACE;
    const metadata = { name: ADAPTER, namespace, labels };
    const webhook = webhookCertificate(args.admissionWebhook);
    const ports = portsOf(args);
    const image = pulumi.output(args.image ?? imageReference(pinned.node, args.imageRegistry));

    const permissions = createPermissions(name, namespace, args, child);
    // Empty: the adapter writes its authority and its pair into it, and what it wrote is nobody else's.
    const servingSecret = new Secret(
      `${name}-serving-secret`,
      { metadata: { ...metadata, name: SERVING_SECRET }, type: "Opaque" },
      { ...child, ignoreChanges: ["data", "stringData"] },
    );
    const prometheusSecret = createPrometheusSecret(name, metadata, files, child);
    const rules = createRules(name, metadata, args.prometheusAdapterRules, child);
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
          replicas: args.replicas ?? REPLICAS,
          selector: { matchLabels: labels },
          ...strategyOf(args),
          template: {
            metadata: {
              // A sidecar would end the API server's connections, which bring their own TLS.
              labels: withOwn(args.podLabels, { ...labels, ...outsideMesh }),
              annotations: withOwn(args.podAnnotations, { [START_HASH]: pulumi.unsecret(files.apply(startHash)) }),
            },
            spec: adapterPod({
              image,
              imagePullPolicy: args.imagePullPolicy,
              serverVolumes: serverVolumes(args),
              ports,
              servers: {
                hasDefault: isGiven(args.prometheus),
                aliases: Object.keys(args.additionalPrometheus ?? {}).sort(),
              },
              direct: args.direct === true,
              directGateways: args.directGateways,
              dialects: dialectFlags(args.prometheus, args.additionalPrometheus),
              bundleConfigMap: configMap?.metadata.name,
              bundleSha256: bundle?.sha256,
              webhookSecret: webhook?.secretName,
              allowedPrometheusServers: args.allowedPrometheusServers,
              tenants: args.tenants,
              statusPage: args.statusPage,
              delegates: args.delegates,
              rules: args.prometheusAdapterRules ?? undefined,
              resources: args.resources,
              priorityClassName: args.priorityClassName ?? "system-cluster-critical",
              placement: placementOf(args),
              extraArgs: args.extraArgs,
              extraEnv: args.extraEnv,
              ...pullSecrets(args.imagePullSecrets),
            }),
          },
        },
      },
      { ...child, dependsOn: [...permissions, servingSecret, prometheusSecret, ...(rules ? [rules] : [])] },
    );
    const service = new Service(
      `${name}-service`,
      {
        metadata,
        spec: {
          type: "ClusterIP",
          selector: labels,
          ports: [
            { name: "https", port: 443, targetPort: "https", protocol: "TCP" },
            ...(webhook ? [{ name: "webhook", port: WEBHOOK_PORT, targetPort: "webhook", protocol: "TCP" }] : []),
          ],
        },
      },
      child,
    );
    new PodDisruptionBudget(
      `${name}-disruption-budget`,
      {
        metadata,
        spec: {
          maxUnavailable: 1,
          selector: { matchLabels: labels },
          // Otherwise pods that are not ready cannot be evicted, and a drain of their node waits for ever.
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      },
      child,
    );
    const { secure, metrics } = ports;
    createNetworkPolicy(name, metadata, { secure, metrics, ...(webhook ? { webhook: ports.webhook } : {}) }, child);
    if (args.prometheusOperator) createAlerts(name, args, metadata, child);
    if (args.grafanaDashboard) createDashboards(name, metadata, child);
    if (webhook) createWebhook(name, namespace, webhook, { ...child, dependsOn: [deployment, service] });

    this.name = deployment.metadata.name;
    this.namespace = deployment.metadata.namespace;
    this.apiServiceName = serveApi(name, namespace, args, { ...child, dependsOn: [deployment, service] });
    this.images = pulumi.all([image]);
    this.registerOutputs({
      name: this.name,
      namespace: this.namespace,
      apiServiceName: this.apiServiceName,
      images: this.images,
    });
  }
}

/** Labels or annotations of the pods: those of the user and the component's own, which win. */
function withOwn(
  given: MetricsAdapterArgs["podLabels"],
  own: Record<string, pulumi.Input<string>>,
): pulumi.Input<Record<string, pulumi.Input<string>>> {
  if (!isGiven(given)) return own;
  const known = knownValue(given);
  return known === UNKNOWN ? pulumi.output(given).apply((more) => ({ ...more, ...own })) : { ...known, ...own };
}

/** The arguments as they are kept in the state. */
function withSecrets(args: MetricsAdapterArgs): MetricsAdapterArgs {
  const { prometheus, additionalPrometheus } = args;
  const additional = Object.entries(additionalPrometheus ?? {}).map(([alias, endpoint]) => [
    alias,
    pulumi.secret(endpoint),
  ]);
  return {
    ...args,
    ...(isGiven(prometheus) ? { prometheus: pulumi.secret(prometheus) } : {}),
    ...(additionalPrometheus ? { additionalPrometheus: Object.fromEntries(additional) } : {}),
  };
}
