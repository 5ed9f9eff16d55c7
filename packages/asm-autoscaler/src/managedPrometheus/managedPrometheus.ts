import { KubernetesAddon } from "@pulumi/alicloud/cs";
import * as pulumi from "@pulumi/pulumi";
import type { PrometheusDialect, PrometheusEndpoint } from "../prometheus/endpoint";
import { recordScraper } from "../prometheus/scrapers";
import { isGiven, settled } from "../validation/inputs";
import type { ManagedPrometheusArgs } from "./args";
import { createGrafana } from "./grafana";
import { type FoundInstance, lookUpInstance } from "./lookUp";
import { createPodMonitor } from "./podMonitor";
import { validateManagedPrometheus } from "./validate";

/**
 * Alibaba Cloud's Managed Service for Prometheus (ARMS) as the Prometheus of an ACK cluster: its endpoint, and
 * optionally the add-on and the scrape of the mesh's metrics.
 */
export class ManagedPrometheus extends pulumi.ComponentResource {
  /** HTTP API of the instance and its credentials, a secret, for `prometheus` of a MetricsAdapter. */
  public readonly endpoint: pulumi.Output<PrometheusEndpoint>;
  /** Id of the Grafana workspace. Absent without grafana. */
  public readonly grafanaWorkspaceId: pulumi.Output<string | undefined>;

  /** @throws pulumi.InputPropertiesError with all problems of the arguments at once, before anything is registered. */
  constructor(name: string, args: ManagedPrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
    args = validateManagedPrometheus(name, args);
    const secrets = secretArgs(args);
    super("asm-autoscaler:index:ManagedPrometheus", name, { ...args, ...secrets }, opts);

    recordScraper({ title: `ManagedPrometheus ${JSON.stringify(name)}` });
    const child = { parent: this };
    const clusterId = args.clusterId ?? "";
    const addon = args.installAddon
      ? // Without a name the SDK would make one up.
        [new KubernetesAddon(`${name}-addon`, { clusterId, name: "arms-prometheus" }, child)]
      : [];
    if (args.scrapeEnvoy) {
      createPodMonitor(`${name}-pod-monitor`, args.namespace ?? "arms-prom", { ...child, dependsOn: addon });
    }
    const grafana = args.grafana ? createGrafana(`${name}-grafana`, name, secrets.grafanaPassword, child) : undefined;

    // Only the endpoint waits for the late check, for it is a secret anyway, as all becomes that is worked out from one.
    const known = settled({ ...args, ...secrets }, (checkable) => validateManagedPrometheus(name, checkable));
    const found = args.lookUp
      ? lookUpInstance(clusterId, args.publicUrl ?? false, { ...child, dependsOn: addon })
      : undefined;
    this.endpoint = pulumi.secret(pulumi.all([known, found]).apply(([given, instance]) => endpointOf(given, instance)));
    this.grafanaWorkspaceId = pulumi.output(grafana?.id);
    this.registerOutputs({ endpoint: this.endpoint, grafanaWorkspaceId: this.grafanaWorkspaceId });
  }
}

/** The arguments that let somebody in, those of them that are given, as secrets. */
function secretArgs({ url, authorization, basicAuth, grafanaPassword }: ManagedPrometheusArgs) {
  return {
    ...(isGiven(url) ? { url: pulumi.secret(url) } : {}),
    ...(isGiven(authorization) ? { authorization: pulumi.secret(authorization) } : {}),
    ...(isGiven(basicAuth) ? { basicAuth: pulumi.secret(basicAuth) } : {}),
    ...(isGiven(grafanaPassword) ? { grafanaPassword: pulumi.secret(grafanaPassword) } : {}),
  };
}

/** What an endpoint is made of: the arguments about it, known. */
interface Access {
  url?: string;
  authorization?: string;
  basicAuth?: { username: string; password: string };
  dialect?: PrometheusDialect;
}

/** The endpoint that was given or found. Credentials that are given win over a token that was found. */
function endpointOf(given: Access, found: FoundInstance | undefined): PrometheusEndpoint {
  const server = { url: found?.url ?? given.url ?? "", ...(given.dialect ? { dialect: given.dialect } : {}) };
  if (given.basicAuth) return { ...server, basicAuth: given.basicAuth };
  const authorization = given.authorization || found?.token;
  return authorization ? { ...server, authorization } : server;
}
