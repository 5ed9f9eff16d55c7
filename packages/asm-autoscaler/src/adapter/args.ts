import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import type { PrometheusEndpoint } from "../prometheus/endpoint";
import type { MetricsAdapterTenantArgs } from "./tenants";
import type { MetricsAdapterWebhookArgs } from "./webhookCertificate";

/** Arguments of a MetricsAdapter. */
export interface MetricsAdapterArgs {
  /** Namespace of the adapter, which must exist. Default kube-system. A change replaces what is in it. */
  namespace?: pulumi.Input<string>;
  /** The Prometheus that scrapes the mesh; a changed token or password needs no restart of the adapter. */
  prometheus: pulumi.Input<PrometheusEndpoint>;
  /** Further Prometheus servers, by the alias that an HPA's annotation prometheus-server-alias names. Default none. */
  additionalPrometheus?: { [alias: string]: pulumi.Input<PrometheusEndpoint> };
  /**
   * URLs of Prometheus servers that an HPA may name itself by the annotation prometheus-server, as kube-metrics-adapter allows
   * it of any; they get no credentials. Default none.
   */
  allowedPrometheusServers?: pulumi.Input<pulumi.Input<string>[]>;
  /** Limits for the HPAs of each namespace, in a cluster of several teams. Default none. */
  tenants?: pulumi.Input<MetricsAdapterTenantArgs>;
  /** Number of adapter pods, at least 1; each can answer alone. Default 2. */
  replicas?: pulumi.Input<number>;
  /**
   * A container image of the adapter, with its command asm-metrics-adapter. Without it the adapter of this package's
   * version is mounted from a ConfigMap into a stock Node.js image.
   */
  image?: pulumi.Input<string>;
  /** Registry, with or without a path, that mirrors Docker Hub, for the stock image. Default docker.io. */
  imageRegistry?: pulumi.Input<string>;
  /** Names of Secrets in the adapter's namespace that hold registry credentials. */
  imagePullSecrets?: pulumi.Input<pulumi.Input<string>[]>;
  /** Requests and limits of each adapter pod. Default 100m CPU and 96Mi memory requested, 256Mi memory at most. */
  resources?: pulumi.Input<k8s.core.v1.ResourceRequirements>;
  /**
   * PriorityClass of the adapter pods. Default system-cluster-critical: while they wait for a node, nothing scales. A
   * namespace with a quota on that class needs another one here.
   */
  priorityClassName?: pulumi.Input<string>;
  /**
   * Whether to register the external metrics API; with false the adapter runs beside one that serves it now, and no
   * HPA reads from it. Default true. A change to false removes the API from the cluster.
   */
  registerApiService?: boolean;
  /** Adds alerts and a scrape of the adapter for a Prometheus Operator, which must be installed. Default false. */
  prometheusOperator?: boolean;
  /**
   * Labels by which the operator's Prometheus picks its rules and monitors, such as
   * { release: "kube-prometheus-stack" }, for prometheusOperator only. Default none.
   */
  prometheusOperatorLabels?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /**
   * Adds dashboards of a workload's traffic, of all autoscalers and of the adapter as a ConfigMap with the label
   * grafana_dashboard, which Grafana's sidecar looks for. Default false.
   */
  grafanaDashboard?: boolean;
  /**
   * Adds a webhook that refuses at kubectl apply what the adapter would refuse later, in the same words, and says where its
   * certificate comes from; while the adapter does not answer, everything passes. Needs Kubernetes 1.30. Default none.
   */
  admissionWebhook?: MetricsAdapterWebhookArgs;
}
