import type * as pulumi from "@pulumi/pulumi";
import type { PrometheusBasicAuth } from "../prometheus/endpoint";

/** Arguments of a ManagedPrometheus. */
export interface ManagedPrometheusArgs {
  /**
   * Id of the ACK cluster, which is also the id of its Prometheus instance; needed for installAddon and lookUp. A change
   * replaces the add-on.
   */
  clusterId?: pulumi.Input<string>;
  /**
   * HTTP API URL of the instance as its console shows it, with its whole path, kept as a secret; needed unless lookUp
   * finds it.
   */
  url?: pulumi.Input<string>;
  /** Token of an instance of version V1 that asks for one, sent as the whole Authorization header and kept as a secret. */
  authorization?: pulumi.Input<string>;
  /**
   * Credentials of an instance of version V2 instead: id and secret of an AccessKey whose RAM user has the policy
   * AliyunPrometheusMetricReadAccess; kept as secrets.
   */
  basicAuth?: pulumi.Input<PrometheusBasicAuth>;
  /**
   * Whether the URL, and the token of V1, are asked of Alibaba Cloud instead, at each preview too once the id of the
   * cluster is known. Default false.
   */
  lookUp?: boolean;
  /** Whether lookUp takes the public URL and not the one inside the VPC, which only the region reaches. Default false. */
  publicUrl?: pulumi.Input<boolean>;
  /**
   * Whether the add-on arms-prometheus is installed in the cluster, which makes the instance too; ARMS must be activated
   * once in the console. Default false.
   */
  installAddon?: boolean;
  /**
   * Whether the instance collects the istio_* metrics of the mesh's proxies every 15 seconds, by a PodMonitor. Leave it
   * out where ASM's own collection into this Prometheus is on: with both, each request counts twice. Default false.
   */
  scrapeEnvoy?: boolean;
  /** Namespace of the PodMonitor, which must exist. Default arms-prom, the add-on's own. A change replaces it. */
  namespace?: pulumi.Input<string>;
  /** Whether a Grafana workspace of ARMS is made, of the Developer Edition, which is billed by the month. Default false. */
  grafana?: boolean;
  /**
   * Password of the workspace's user admin, of 8 to 30 characters, kept as a secret; without one the console sets it. A
   * later change is not applied: make it in the console.
   */
  grafanaPassword?: pulumi.Input<string>;
}
