import { DEFAULT_SCRAPE_SECONDS } from "@asm-autoscaler/hpa-metrics";
import * as pulumi from "@pulumi/pulumi";
import { type InputError, refuse } from "../../validation/inputErrors";
import { isGiven, settled } from "../../validation/inputs";
import { warner } from "../../validation/warner";
import { type PrometheusEndpoint, urlErrors } from "../endpoint";
import { PORT } from "../identity";
import { recordScraper } from "../scrapers";
import type { OperatorPrometheusArgs } from "./args";
import { createEnvoyMonitor, createZtunnelMonitor } from "./podMonitors";
import { validateOperatorPrometheus } from "./validate";

/** Namespace that the pages of both charts install into. */
const NAMESPACE = "monitoring";

/** Scrape interval of a job without one in the Prometheus of the charts, in seconds: the operator's default. */
const CHART_SCRAPE_SECONDS = 30;

/**
 * The Prometheus that the chart kube-prometheus-stack or ack-prometheus-operator already runs in the cluster: its
 * endpoint, and the PodMonitors with which it scrapes the proxies of the mesh. The Prometheus Operator must be
 * installed, because it brings the kind PodMonitor.
 */
export class OperatorPrometheus extends pulumi.ComponentResource {
  /** HTTP API of this Prometheus, for `prometheus` of a MetricsAdapter. */
  public readonly endpoint: pulumi.Output<PrometheusEndpoint>;
  /** Scrape interval of each proxy in seconds, for `scrapeIntervalSeconds` of a TrafficAutoscaler. */
  public readonly scrapeIntervalSeconds: pulumi.Output<number>;

  /** @throws pulumi.InputPropertiesError with all problems of the arguments at once, before anything is registered. */
  constructor(name: string, args: OperatorPrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
    const { url, ...open } = validateOperatorPrometheus(name, args);
    const secretUrl = isGiven(url) ? pulumi.secret(url) : undefined;
    super(
      "asm-autoscaler:index:OperatorPrometheus",
      name,
      { ...open, ...(secretUrl === undefined ? {} : { url: secretUrl }) },
      opts,
    );

    const title = `OperatorPrometheus ${JSON.stringify(name)}`;
    const { scrapeEnvoy = true, scrapeZtunnel = false } = open;
    if (!isGiven(open.scrapeEnvoy)) warner(this)([TWICE]);
    const known = settled(open, (values) => validateOperatorPrometheus(name, values));
    this.scrapeIntervalSeconds = known.apply(
      (values) => values.scrapeIntervalSeconds ?? (scrapeEnvoy ? DEFAULT_SCRAPE_SECONDS : CHART_SCRAPE_SECONDS),
    );
    recordScraper({ title, scrapeIntervalSeconds: this.scrapeIntervalSeconds });
    const namespace = open.namespace ?? NAMESPACE;
    const place = {
      namespace,
      labels: open.podMonitorLabels ?? { release: open.release },
      scrapeIntervalSeconds: this.scrapeIntervalSeconds,
    };
    const child = { parent: this };
    if (scrapeEnvoy) createEnvoyMonitor(name, place, child);
    if (scrapeZtunnel) createZtunnelMonitor(name, place, open.ztunnelNamespace ?? "istio-system", child);

    const host = pulumi.interpolate`${pulumi.output(open.release).apply(serviceOf)}.${namespace}.svc`;
    const endpointUrl = secretUrl?.apply((value) => {
      refuse(title, urlErrors("url", value));
      return value;
    });
    this.endpoint = pulumi.output({ url: endpointUrl ?? pulumi.interpolate`http://${host}:${PORT}` });
    this.registerOutputs({ endpoint: this.endpoint, scrapeIntervalSeconds: this.scrapeIntervalSeconds });
  }
}

/** Only the chart's own values say whether there is a second job, and they are not readable from here. */
const TWICE: InputError = {
  path: "scrapeEnvoy",
  code: "ASM_SCRAPE_TWICE",
  message:
    "This PodMonitor and a job for the proxies in additionalScrapeConfigs of the chart, such as envoy-stats, would count each request twice",
};

/** Maximum length of the full name that the charts give their objects, in characters. */
const LONGEST_FULL_NAME = 26;

/**
 * The Service of Prometheus, by the charts' rule: the name of the release, with the chart's name after it unless it
 * contains that, cut to 26 characters.
 * https://github.com/prometheus-community/helm-charts/blob/main/charts/kube-prometheus-stack/templates/_helpers.tpl
 */
export function serviceOf(release: string): string {
  const isWhole = ["kube-prometheus-stack", "ack-prometheus-operator"].some((chart) => release.includes(chart));
  const fullName = isWhole ? release : `${release}-kube-prometheus-stack`;
  return `${fullName.slice(0, LONGEST_FULL_NAME).replace(/-$/, "")}-prometheus`;
}
