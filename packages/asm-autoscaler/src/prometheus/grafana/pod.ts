import type * as k8s from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { DASHBOARD_PATH, DATA_SOURCES, PROVIDERS } from "./provisioning";

/** Name of Grafana's objects and of its container. */
export const GRAFANA = "grafana";

/** Port of Grafana. */
export const GRAFANA_PORT = 3000;

/** The key of the password in its Secret. */
export const PASSWORD_KEY = "password";

/** User of the image; its group is root's, as the image has it. */
const USER = 472;

/** What differs from one Grafana to another. */
export interface GrafanaPodArgs {
  readonly image: pulumi.Input<string>;
  /** The ConfigMap with data source, provider and dashboards. */
  readonly configMap: pulumi.Input<string>;
  /** File names of the dashboards in it. */
  readonly dashboards: readonly string[];
  /** The Secret with the password; nobody logs in without one. */
  readonly passwordSecret: pulumi.Input<string> | undefined;
  readonly imagePullSecrets?: k8s.core.v1.PodSpec["imagePullSecrets"];
}

/** The specification of the pod of Grafana. It keeps nothing: data source and dashboards come from its ConfigMap. */
export function grafanaPod(args: GrafanaPodArgs): k8s.core.v1.PodSpec {
  return {
    automountServiceAccountToken: false,
    ...(args.imagePullSecrets === undefined ? {} : { imagePullSecrets: args.imagePullSecrets }),
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: 0,
      fsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [grafanaContainer(args)],
    volumes: [
      { name: "data", emptyDir: { sizeLimit: "512Mi" } },
      { name: "tmp", emptyDir: { sizeLimit: "128Mi" } },
      { name: "data-sources", configMap: files(args, [DATA_SOURCES]) },
      { name: "providers", configMap: files(args, [PROVIDERS]) },
      { name: "dashboards", configMap: files(args, args.dashboards) },
    ],
  };
}

function files({ configMap }: GrafanaPodArgs, keys: readonly string[]): k8s.core.v1.ConfigMapVolumeSource {
  return { name: configMap, items: keys.map((key) => ({ key, path: key })) };
}

function grafanaContainer({ image, passwordSecret }: GrafanaPodArgs): k8s.core.v1.Container {
  return {
    name: GRAFANA,
    image,
    env: [...(passwordSecret === undefined ? anyoneLooks : oneLogsIn(passwordSecret)), ...nothingOutside],
    ports: [{ name: "http", containerPort: GRAFANA_PORT, protocol: "TCP" }],
    startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 3 },
    livenessProbe: { ...alive, periodSeconds: 10, failureThreshold: 6 },
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "data", mountPath: "/var/lib/grafana" },
      { name: "tmp", mountPath: "/tmp" },
      { name: "data-sources", mountPath: "/etc/grafana/provisioning/datasources", readOnly: true },
      { name: "providers", mountPath: "/etc/grafana/provisioning/dashboards", readOnly: true },
      { name: "dashboards", mountPath: DASHBOARD_PATH, readOnly: true },
    ],
  };
}

const probe: k8s.core.v1.Probe = { httpGet: { path: "/api/health", port: "http" }, timeoutSeconds: 3 };

/** Answers without the database, which a restart does not repair. Source: Grafana, pkg/api/http_server.go. */
const alive: k8s.core.v1.Probe = { httpGet: { path: "/healthz", port: "http" }, timeoutSeconds: 3 };

/** Everybody who reaches it may look and nobody may change; there is no user, so there is no password to guess. */
const anyoneLooks: k8s.core.v1.EnvVar[] = [
  { name: "GF_AUTH_ANONYMOUS_ENABLED", value: "true" },
  { name: "GF_AUTH_ANONYMOUS_ORG_ROLE", value: "Viewer" },
  { name: "GF_AUTH_BASIC_ENABLED", value: "false" },
  { name: "GF_AUTH_DISABLE_LOGIN_FORM", value: "true" },
  { name: "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION", value: "true" },
];

function oneLogsIn(secret: pulumi.Input<string>): k8s.core.v1.EnvVar[] {
  return [{ name: "GF_SECURITY_ADMIN_PASSWORD", valueFrom: { secretKeyRef: { name: secret, key: PASSWORD_KEY } } }];
}

/** It calls nobody on the Internet, which many clusters do not let it reach: no reports, no news, no plugins. */
const nothingOutside: k8s.core.v1.EnvVar[] = [
  { name: "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES", value: "false" },
  { name: "GF_ANALYTICS_CHECK_FOR_UPDATES", value: "false" },
  { name: "GF_ANALYTICS_REPORTING_ENABLED", value: "false" },
  { name: "GF_NEWS_NEWS_FEED_ENABLED", value: "false" },
  { name: "GF_PLUGINS_PREINSTALL_DISABLED", value: "true" },
  { name: "GF_SECURITY_DISABLE_GRAVATAR", value: "true" },
];
