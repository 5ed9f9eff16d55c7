import { StatefulSet } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, PersistentVolumeClaim, Service } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { imageReference, pinned, pullSecrets } from "../images/image";
import { plain, settled, UNKNOWN } from "../validation/inputs";
import type { MeshPrometheusArgs } from "./args";
import type { PrometheusEndpoint } from "./endpoint";
import { configurationText } from "./envoyStats";
import { createGrafana, labels as grafanaLabels } from "./grafana/grafana";
import { labels, NAMESPACE, outsideMesh, PORT, PROMETHEUS } from "./identity";
import { adapterPods, createNetworkPolicy } from "./networkPolicy";
import { createPermissions } from "./permissions";
import { prometheusPod } from "./pod";
import { recordScraper } from "./scrapers";
import { DEFAULT_LOAD, type Load, sizeFor } from "./sizing";
import { validateMeshPrometheus } from "./validate";

/**
 * A Prometheus in the cluster that scrapes each proxy of the mesh through one port only, so that no request counts
 * twice. It is sized for the expected number of pods, and has an optional Grafana.
 */
export class MeshPrometheus extends pulumi.ComponentResource {
  /** HTTP API of this Prometheus, for `prometheus` of a MetricsAdapter. Known once Prometheus answers. */
  public readonly endpoint: pulumi.Output<PrometheusEndpoint>;
  /** Name of its Service and StatefulSet. */
  public readonly name: pulumi.Output<string>;
  /** Namespace of Prometheus. */
  public readonly namespace: pulumi.Output<string>;
  /** Scrape interval of each proxy in seconds. */
  public readonly scrapeIntervalSeconds: pulumi.Output<number>;
  /** URL of Grafana inside the cluster. Absent without grafana. */
  public readonly grafanaUrl: pulumi.Output<string | undefined>;
  /** Container images of Prometheus and Grafana, each with the registry that nodes pull it from. */
  public readonly images: pulumi.Output<string[]>;

  /** @throws pulumi.InputPropertiesError with all problems of the arguments at once, before anything is registered. */
  constructor(name: string, args: MeshPrometheusArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    const { grafanaPassword, ...open } = validateMeshPrometheus(name, args);
    const password = grafanaPassword === undefined ? undefined : pulumi.secret(grafanaPassword);
    super(
      "asm-autoscaler:index:MeshPrometheus",
      name,
      { ...open, ...(password === undefined ? {} : { grafanaPassword: password }) },
      opts,
    );

    const child = { parent: this };
    const checkedPassword = password?.apply((value) => {
      validateMeshPrometheus(name, { grafana: true, grafanaPassword: value });
      return value;
    });
    // Without the password, which would make a secret of all that is taken from it.
    const known = settled(open, (values) => validateMeshPrometheus(name, values));
    const load = known.apply(loadOf);
    const { scrapeIntervalSeconds } = load;
    const size = load.apply(sizeFor);
    const namespace = open.namespace ?? NAMESPACE;
    const image = imageReference(pinned.prometheus, open.imageRegistry);
    const grafanaImage = imageReference(pinned.grafana, open.imageRegistry);
    const metadata = { name: PROMETHEUS, namespace, labels };

    const permissions = createPermissions(name, namespace, child);
    const configMap = new ConfigMap(
      `${name}-configuration`,
      { metadata, data: { "prometheus.yml": load.apply(configurationText) } },
      child,
    );
    // A claim of its own, and not one of the StatefulSet's: those cannot grow without a new StatefulSet, and stay behind
    // as disks that cost money. It leaves its name to Pulumi, so that the pod has moved to a new one before the old goes.
    const claim = new PersistentVolumeClaim(
      `${name}-data`,
      {
        // It binds when the first pod uses it, so nothing is waited for before there is one.
        metadata: { namespace, labels, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: open.storageClassName ?? "alicloud-disk-topology-alltype",
          resources: { requests: { storage: pulumi.interpolate`${open.storageGiB ?? size.storageGiB}Gi` } },
        },
      },
      child,
    );
    const statefulSet = new StatefulSet(
      `${name}-stateful-set`,
      {
        metadata,
        spec: {
          // A second one would count the same requests at other moments, and what is read would jump between the two.
          replicas: 1,
          serviceName: PROMETHEUS,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels: { ...labels, ...outsideMesh } },
            spec: prometheusPod({
              image,
              resources: open.resources ?? {
                requests: {
                  cpu: pulumi.interpolate`${size.cpuMilli}m`,
                  memory: pulumi.interpolate`${size.memoryMiB}Mi`,
                },
                limits: { memory: pulumi.interpolate`${size.memoryMiB}Mi` },
              },
              claim: claim.metadata.name,
              ...pullSecrets(open.imagePullSecrets),
            }),
          },
        },
      },
      // It knows the ConfigMap by its name alone: of one that is taken from the ConfigMap, Pulumi could not tell that it
      // stays the same when the content changes, and would make a new StatefulSet.
      { ...child, dependsOn: [...permissions, configMap] },
    );
    const service = new Service(
      `${name}-service`,
      {
        metadata,
        spec: {
          type: "ClusterIP",
          selector: labels,
          ports: [{ name: "http", port: PORT, targetPort: "http", protocol: "TCP" }],
        },
      },
      child,
    );

    const { allowedNamespaces } = open;
    const clients = [adapterPods, ...(open.grafana === true ? [{ podSelector: { matchLabels: grafanaLabels } }] : [])];
    createNetworkPolicy(`${name}-network-policy`, { metadata, labels, port: PORT, clients, allowedNamespaces }, child);

    const url = pulumi.interpolate`http://${service.metadata.name}.${service.metadata.namespace}.svc:${PORT}`;
    this.endpoint = pulumi.output({ url });
    this.name = statefulSet.metadata.name;
    this.namespace = statefulSet.metadata.namespace;
    this.scrapeIntervalSeconds = scrapeIntervalSeconds;
    const { expectedMeshPods, retentionDays } = open;
    const sized = plain({ expectedMeshPods, scrapeIntervalSeconds: open.scrapeIntervalSeconds, retentionDays });
    recordScraper({
      title: `MeshPrometheus ${JSON.stringify(name)}`,
      scrapeIntervalSeconds,
      load: sized === UNKNOWN || sized === undefined ? undefined : loadOf(sized),
    });
    this.grafanaUrl =
      open.grafana === true
        ? createGrafana(
            name,
            {
              namespace,
              prometheusUrl: url,
              scrapeIntervalSeconds,
              password: checkedPassword,
              allowedNamespaces,
              image: grafanaImage,
              imagePullSecrets: open.imagePullSecrets,
            },
            child,
          )
        : pulumi.output(undefined);
    this.images = pulumi.all(open.grafana === true ? [image, grafanaImage] : [image]);
    this.registerOutputs({
      endpoint: this.endpoint,
      name: this.name,
      namespace: this.namespace,
      scrapeIntervalSeconds: this.scrapeIntervalSeconds,
      grafanaUrl: this.grafanaUrl,
      images: this.images,
    });
  }
}

/** The arguments that decide the size. */
interface LoadArgs {
  readonly expectedMeshPods?: number | undefined;
  readonly scrapeIntervalSeconds?: number | undefined;
  readonly retentionDays?: number | undefined;
}

function loadOf(known: LoadArgs): Load {
  return {
    pods: known.expectedMeshPods ?? DEFAULT_LOAD.pods,
    scrapeIntervalSeconds: known.scrapeIntervalSeconds ?? DEFAULT_LOAD.scrapeIntervalSeconds,
    retentionDays: known.retentionDays ?? DEFAULT_LOAD.retentionDays,
  };
}
