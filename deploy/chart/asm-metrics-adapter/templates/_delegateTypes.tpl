{{- /* Generated from the component MetricsAdapter by deploy/chart.ts. */ -}}
{{- define "asm-metrics-adapter.delegateTypes" -}}
{
  "Keda": {
    "name": "keda",
    "service": "keda/keda-operator-metrics-apiserver:443",
    "caSecret": "keda/kedaorg-certs"
  },
  "Datadog": {
    "name": "datadog",
    "service": "datadog/datadog-cluster-agent-metrics-api:8443",
    "caSecret": ""
  },
  "PrometheusAdapter": {
    "name": "prometheus-adapter",
    "service": "monitoring/prometheus-adapter:443",
    "caSecret": ""
  },
  "KubeMetricsAdapter": {
    "name": "kube-metrics-adapter",
    "service": "kube-system/kube-metrics-adapter:443",
    "caSecret": ""
  },
  "Alibaba": {
    "name": "alibaba",
    "service": "kube-system/alibaba-cloud-metrics-adapter:443",
    "caSecret": ""
  }
}
{{- end }}
