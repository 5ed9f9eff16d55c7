import type * as pulumi from "@pulumi/pulumi";
import type { PrometheusBasicAuth, PrometheusDialect } from "../prometheus/endpoint";

/** Arguments of a ManagedPrometheus. */
export interface ManagedPrometheusArgs {
  /**
   * Id of the ACK cluster, which is also the id of its Prometheus instance. Required for installAddon and lookUp. A
   * change replaces the add-on.
   */
  clusterId?: pulumi.Input<string>;
  /**
   * HTTP API URL of the instance as its console shows it, with its full path, stored as a secret. Required unless
   * lookUp is set.
   */
  url?: pulumi.Input<string>;
  /**
   * Token of an instance of version V1, if it requires one. Sent as the value of the Authorization header and stored as
   * a secret.
   */
  authorization?: pulumi.Input<string>;
  /**
   * Credentials of an instance of version V2, instead of authorization: the id and the secret of an AccessKey whose RAM
   * user has the policy AliyunPrometheusMetricReadAccess. Stored as secrets.
   */
  basicAuth?: pulumi.Input<PrometheusBasicAuth>;
  /**
   * Query language of the instance. With Server, an adapter sends a query that uses additional functions of ARMS as it
   * is. Defaults to Promql.
   */
  dialect?: pulumi.Input<PrometheusDialect>;
  /**
   * Whether to request the URL, and the token of V1, from Alibaba Cloud. The request is also made at each preview once
   * the cluster's id is known. Defaults to false.
   */
  lookUp?: boolean;
  /**
   * Whether lookUp takes the public URL instead of the private URL, which is reachable only from the same region.
   * Defaults to false.
   */
  publicUrl?: pulumi.Input<boolean>;
  /**
   * Whether to install the add-on arms-prometheus in the cluster, which also creates the instance. ARMS must be
   * activated once in the console. Defaults to false.
   */
  installAddon?: boolean;
  /**
   * Whether the instance scrapes the istio_* metrics of the mesh's proxies every 15 seconds, by a PodMonitor. Leave it
   * out if ASM's own collection into this Prometheus is on: with both, each request counts twice. Defaults to false.
   */
  scrapeEnvoy?: boolean;
  /**
   * Namespace of the PodMonitor. It must exist. Defaults to arms-prom, the add-on's namespace. A change replaces the
   * PodMonitor.
   */
  namespace?: pulumi.Input<string>;
  /**
   * Whether to create a Grafana workspace of ARMS, Developer Edition, which is billed by the month. Defaults to false.
   */
  grafana?: boolean;
  /**
   * Password of the workspace's user admin, 8 to 30 characters, stored as a secret. Defaults to none; set it in the
   * console. A later change is not applied: make it in the console.
   */
  grafanaPassword?: pulumi.Input<string>;
}
