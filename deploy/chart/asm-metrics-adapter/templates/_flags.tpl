{{- /* Generated from the component MetricsAdapter by deploy/chart.ts. */ -}}
{{- define "asm-metrics-adapter.flags" -}}
{
  "prometheus-server": {
    "setBy": "prometheus"
  },
  "prometheus-server-token-file": {
    "setBy": "prometheus"
  },
  "prometheus-http-config": {
    "setBy": "prometheus"
  },
  "prometheus-dialect": {
    "setBy": "prometheus"
  },
  "additional-prometheus-server": {
    "setBy": "additionalPrometheus"
  },
  "additional-prometheus-server-token-file": {
    "setBy": "additionalPrometheus"
  },
  "additional-prometheus-http-config": {
    "setBy": "additionalPrometheus"
  },
  "additional-prometheus-dialect": {
    "setBy": "additionalPrometheus"
  },
  "allow-prometheus-server": {
    "setBy": "allowedPrometheusServers"
  },
  "harmless-prometheus-warning": {
    "value": "TEXT"
  },
  "metrics-ttl": {
    "value": "DURATION"
  },
  "default-collection-interval": {
    "value": "DURATION"
  },
  "custom-metrics": {
    "value": ""
  },
  "direct": {
    "setBy": "direct"
  },
  "direct-gateways": {
    "setBy": "directGateways"
  },
  "prometheus-adapter-config": {
    "setBy": "prometheusAdapterRules"
  },
  "prometheus-adapter-rules-for-both": {
    "setBy": "prometheusAdapterRules"
  },
  "metrics-relist-interval": {
    "setBy": "prometheusAdapterRules"
  },
  "metrics-max-age": {
    "setBy": "prometheusAdapterRules"
  },
  "enforce-namespace-label": {
    "setBy": "tenants"
  },
  "max-metrics-per-namespace": {
    "setBy": "tenants"
  },
  "max-metrics-per-hpa": {
    "value": "NUMBER"
  },
  "max-query-cost": {
    "setBy": "tenants"
  },
  "kubeconfig": {
    "setBy": ""
  },
  "lister-kubeconfig": {
    "setBy": ""
  },
  "secure-port": {
    "setBy": "hostNetwork"
  },
  "bind-address": {
    "setBy": ""
  },
  "serving-secret": {
    "setBy": ""
  },
  "serving-service": {
    "setBy": ""
  },
  "tls-cert-file": {
    "setBy": ""
  },
  "tls-private-key-file": {
    "setBy": ""
  },
  "cert-dir": {
    "setBy": ""
  },
  "metrics-address": {
    "setBy": "hostNetwork"
  },
  "status-address": {
    "setBy": "hostNetwork"
  },
  "cluster-name": {
    "setBy": "statusPage"
  },
  "prometheus-web-url": {
    "setBy": "statusPage"
  },
  "disregard-incompatible-hpas": {
    "value": ""
  },
  "delegate": {
    "setBy": "delegates"
  },
  "admission-webhook-cert-file": {
    "setBy": "admissionWebhook"
  },
  "admission-webhook-key-file": {
    "setBy": "admissionWebhook"
  },
  "admission-webhook-port": {
    "setBy": "admissionWebhook"
  },
  "admission-webhook-client-ca-file": {
    "setBy": ""
  }
}
{{- end }}
