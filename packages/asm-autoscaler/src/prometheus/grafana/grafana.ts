import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ConfigMap, Secret, Service } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import type * as Dashboards from "../../dashboards";
import { pullSecrets } from "../../images/image";
import type { MeshPrometheusArgs } from "../args";
import { outsideMesh } from "../identity";
import { createNetworkPolicy } from "../networkPolicy";
import { GRAFANA, GRAFANA_PORT, grafanaPod, PASSWORD_KEY } from "./pod";
import { DATA_SOURCES, dataSourcesText, PROVIDERS, providersText } from "./provisioning";

/** What a Grafana is made for. */
export interface GrafanaSource {
  readonly namespace: pulumi.Input<string>;
  readonly prometheusUrl: pulumi.Output<string>;
  readonly scrapeIntervalSeconds: pulumi.Output<number>;
  /** Password of its admin, a secret; without one nobody logs in. */
  readonly password: pulumi.Output<string> | undefined;
  /** Namespaces whose pods may open it. */
  readonly allowedNamespaces: MeshPrometheusArgs["allowedNamespaces"];
  readonly image: pulumi.Input<string>;
  /** Names of Secrets with credentials of the image's registry. */
  readonly imagePullSecrets: MeshPrometheusArgs["imagePullSecrets"];
}

/** Labels of everything that belongs to Grafana. */
export const labels = { "app.kubernetes.io/name": GRAFANA, "app.kubernetes.io/instance": "mesh-prometheus" };

/**
 * A Grafana with one Prometheus as its data source and the dashboard of the mesh's traffic.
 *
 * @returns its URL inside the cluster, known once it answers.
 */
export function createGrafana(
  name: string,
  {
    namespace,
    prometheusUrl,
    scrapeIntervalSeconds,
    password,
    allowedNamespaces,
    image,
    imagePullSecrets,
  }: GrafanaSource,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const metadata = { name: GRAFANA, namespace, labels };
  const dashboards = dashboardFiles();
  // Grafana reads both only when it starts. They leave their name to Pulumi: another content is another object with
  // another name, and the pod starts anew.
  const unnamed = { namespace, labels };
  const configMap = new ConfigMap(
    `${name}-grafana-provisioning`,
    {
      metadata: unnamed,
      immutable: true,
      data: {
        [DATA_SOURCES]: pulumi
          .all([prometheusUrl, scrapeIntervalSeconds])
          .apply(([url, seconds]) => dataSourcesText(url, seconds)),
        [PROVIDERS]: providersText(),
        ...dashboards,
      },
    },
    opts,
  );
  const secret =
    password &&
    new Secret(
      `${name}-grafana-password`,
      { metadata: unnamed, type: "Opaque", immutable: true, stringData: { [PASSWORD_KEY]: password } },
      opts,
    );
  new Deployment(
    `${name}-grafana-deployment`,
    {
      metadata,
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels: { ...labels, ...outsideMesh } },
          spec: grafanaPod({
            image,
            configMap: configMap.metadata.name,
            dashboards: Object.keys(dashboards),
            passwordSecret: secret?.metadata.name,
            ...pullSecrets(imagePullSecrets),
          }),
        },
      },
    },
    opts,
  );
  const service = new Service(
    `${name}-grafana-service`,
    {
      metadata,
      spec: {
        type: "ClusterIP",
        selector: labels,
        ports: [{ name: "http", port: GRAFANA_PORT, targetPort: "http", protocol: "TCP" }],
      },
    },
    opts,
  );
  // Grafana sends the queries of its viewers to Prometheus, so it has the same readers.
  createNetworkPolicy(
    `${name}-grafana-network-policy`,
    { metadata, labels, port: GRAFANA_PORT, clients: [], allowedNamespaces },
    opts,
  );
  return pulumi.interpolate`http://${service.metadata.name}.${service.metadata.namespace}.svc:${GRAFANA_PORT}`;
}

/** The files with the dashboards of a Grafana beside a MeshPrometheus, by name. */
function dashboardFiles(): Record<string, string> {
  // Loaded only for a Grafana: it brings the SDK that dashboards are written with.
  const { trafficDashboard }: typeof Dashboards = require("../../dashboards");
  // The adapter's dashboard is not among them: this Prometheus scrapes proxies and nothing else.
  return { "traffic.json": JSON.stringify(trafficDashboard(), undefined, 2) };
}
