import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import type { ImagePullPolicy } from "../images/image";
import type { PrometheusEndpoint } from "../prometheus/endpoint";
import type { MetricsAdapterCredentialsArgs } from "./credentials";
import type { MetricsAdapterDelegateArgs } from "./delegates";
import type { MetricsAdapterRulesArgs } from "./rules";
import type { MetricsAdapterStatusPageArgs } from "./statusPage";
import type { MetricsAdapterTenantArgs } from "./tenants";
import type { MetricsAdapterUpdateArgs } from "./updateStrategy";
import type { MetricsAdapterWebhookArgs } from "./webhookCertificate";

/** Arguments of a MetricsAdapter. */
export interface MetricsAdapterArgs {
  /** Namespace of the adapter. It must exist. Defaults to kube-system. A change replaces the adapter's objects. */
  namespace?: pulumi.Input<string>;
  /**
   * Prometheus server that scrapes the mesh. A changed token or password does not restart the adapter. Required without
   * direct. Without a server, only metrics with the reaction Direct have readings.
   */
  prometheus?: pulumi.Input<PrometheusEndpoint>;
  /**
   * Allows HPAs to be answered from the sidecars of their own pods, with the reaction Direct. The adapter may then get the
   * scale of every workload and watch all pods of the cluster. Its pods connect to port 15090 of the sidecars, which a
   * NetworkPolicy must allow. Defaults to false.
   */
  direct?: boolean;
  /**
   * Gateways and waypoints that are read for metrics of callers and waypoints, such as those with a service, besides the
   * pods in the workload's own namespace. Each is a namespace and a label selector, such as istio-ingress/istio=ingress.
   * Only with direct. Defaults to istio-system/istio=ingressgateway.
   */
  directGateways?: string[];
  /**
   * Additional Prometheus servers by alias. An HPA selects one with the annotation prometheus-server-alias. Defaults to
   * none.
   */
  additionalPrometheus?: { [alias: string]: pulumi.Input<PrometheusEndpoint> };
  /**
   * Credentials for the server `prometheus`, in a Secret or an external store instead of the program. Defaults to those
   * of the endpoint.
   */
  prometheusCredentials?: MetricsAdapterCredentialsArgs;
  /** Credentials for the servers of additionalPrometheus, by alias. Defaults to those of the endpoints. */
  additionalPrometheusCredentials?: { [alias: string]: MetricsAdapterCredentialsArgs };
  /**
   * URLs of Prometheus servers that an HPA may select with the annotation prometheus-server; kube-metrics-adapter
   * allows any URL there. The adapter sends them no credentials. Defaults to none.
   */
  allowedPrometheusServers?: pulumi.Input<pulumi.Input<string>[]>;
  /** Limits for the HPAs of each namespace, for a cluster that several teams share. Defaults to none. */
  tenants?: pulumi.Input<MetricsAdapterTenantArgs>;
  /** What the status page says about the cluster, and where its links go. Defaults to nothing. */
  statusPage?: pulumi.Input<MetricsAdapterStatusPageArgs>;
  /**
   * Other metrics adapters whose metrics are served through this one, because a cluster has only one external metrics
   * API. They must run in this cluster. Defaults to none.
   */
  delegates?: MetricsAdapterDelegateArgs[];
  /**
   * Rules of prometheus-adapter to serve as they are, by the external and the custom metrics API. The adapter then also
   * registers custom.metrics.k8s.io, and may list the pods of the cluster. Defaults to none.
   */
  prometheusAdapterRules?: MetricsAdapterRulesArgs;
  /** Number of adapter pods, at least 1. Each pod can serve all reads. Defaults to 2. */
  replicas?: pulumi.Input<number>;
  /**
   * Container image of the adapter, with the command asm-metrics-adapter. Defaults to a stock Node.js image into which
   * the adapter of this package's version is mounted from a ConfigMap.
   */
  image?: pulumi.Input<string>;
  /** Registry that mirrors Docker Hub, with or without a path, for the stock image. Defaults to docker.io. */
  imageRegistry?: pulumi.Input<string>;
  /** When a node pulls the image. Defaults to the rule of Kubernetes: Always for the tag latest, else IfNotPresent. */
  imagePullPolicy?: pulumi.Input<ImagePullPolicy>;
  /** Names of Secrets with registry credentials in the adapter's namespace. Defaults to none. */
  imagePullSecrets?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Resource requests and limits of each adapter pod. Defaults to requests of 100m CPU and 96Mi memory, and a limit of
   * 256Mi memory.
   */
  resources?: pulumi.Input<k8s.core.v1.ResourceRequirements>;
  /**
   * PriorityClass of the adapter pods. Nothing scales while they wait for a node. Set another class if the namespace
   * has a quota on system-cluster-critical. Defaults to system-cluster-critical.
   */
  priorityClassName?: pulumi.Input<string>;
  /** Labels that a node must have to run adapter pods. Defaults to none. */
  nodeSelector?: pulumi.Input<{ [label: string]: pulumi.Input<string> }>;
  /** Taints of nodes on which adapter pods may run. Defaults to none. */
  tolerations?: pulumi.Input<pulumi.Input<k8s.core.v1.Toleration>[]>;
  /** Node and pod affinity of the adapter pods. Defaults to none. */
  affinity?: pulumi.Input<k8s.core.v1.Affinity>;
  /**
   * How adapter pods are spread over zones or nodes. A constraint without labelSelector counts the adapter pods of one
   * revision. Defaults to a spread over nodes that allows several pods on one node if there is no other.
   */
  topologySpreadConstraints?: pulumi.Input<pulumi.Input<k8s.core.v1.TopologySpreadConstraint>[]>;
  /** Additional labels of the adapter pods. Defaults to none. */
  podLabels?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /** Additional annotations of the adapter pods. Defaults to none. */
  podAnnotations?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /**
   * Additional flags of the adapter, each as one text, such as --metrics-ttl=2m. Flags that other arguments set are
   * refused, and so are those that name a file. Defaults to none.
   */
  extraArgs?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Additional environment variables of the adapter, such as HTTPS_PROXY and NO_PROXY. A value can come from a Secret
   * with valueFrom. Defaults to none.
   */
  extraEnv?: pulumi.Input<pulumi.Input<k8s.core.v1.EnvVar>[]>;
  /**
   * Whether the adapter pods use the network of their nodes, for clusters whose API server cannot connect to pods. Their
   * ports are then 26443 (API), 27979 (metrics), 28444 (webhook) and 28090 (status page, on the node's loopback), and no
   * NetworkPolicy applies to them. Each node runs at most one pod, and an update stops one pod before it starts its
   * successor. The namespace must allow this (Pod Security Standard "privileged"). Defaults to false.
   */
  hostNetwork?: boolean;
  /**
   * How an update replaces the adapter pods. Defaults to the rule of Kubernetes, by which at most a quarter of the pods is
   * missing: none of up to three. With hostNetwork, defaults to one pod missing and none added.
   */
  updateStrategy?: pulumi.Input<MetricsAdapterUpdateArgs>;
  /**
   * Whether to register the external metrics API, and with prometheusAdapterRules the custom metrics API. With false, the
   * new adapter runs beside the adapter that serves them now, and no HPA reads from the new adapter. Defaults to true. A change to false removes the API from the
   * cluster.
   */
  registerApiService?: boolean;
  /**
   * Takes the external metrics API over from the adapter that has registered it, without a read that fails, and gives it
   * back when this is turned off or the stack is destroyed. Before it does so, it checks that no HPA loses a metric. If
   * one would, the update fails and the other adapter keeps the API. Name that adapter in delegates to serve its metrics
   * further. Requires an API that another adapter has registered. With prometheusAdapterRules, it is also about the custom
   * metrics API. Defaults to false.
   */
  takeOver?: boolean;
  /**
   * Adds alerts and a scrape configuration of the adapter for the Prometheus Operator, which must be installed.
   * Defaults to false.
   */
  prometheusOperator?: boolean;
  /**
   * Labels by which the operator's Prometheus selects rules and monitors, such as { release: "kube-prometheus-stack" }.
   * Only with prometheusOperator. Defaults to none.
   */
  prometheusOperatorLabels?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /**
   * Adds dashboards of a workload's traffic, of all autoscalers and of the adapter, in a ConfigMap with the label
   * grafana_dashboard that Grafana's sidecar looks for. Defaults to false.
   */
  grafanaDashboard?: boolean;
  /**
   * Adds a validating admission webhook that rejects at `kubectl apply` what the adapter would reject later, with the
   * same message. The value states where the webhook's certificate comes from. While the adapter does not answer, every
   * HPA is admitted. Requires Kubernetes 1.30 or later. Defaults to none.
   */
  admissionWebhook?: MetricsAdapterWebhookArgs;
}
