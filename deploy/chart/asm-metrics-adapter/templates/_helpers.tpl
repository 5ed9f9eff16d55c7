{{- define "asm-metrics-adapter.labels" -}}
app.kubernetes.io/name: asm-metrics-adapter
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "asm-metrics-adapter.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "asm-metrics-adapter.webhookSecret" -}}
{{ .Values.admissionWebhook.secretName | default "asm-metrics-adapter-webhook" }}
{{- end }}

{{- /* A port of the pods. In the network of the nodes it is 20000 higher. Takes the root and the port. */}}
{{- define "asm-metrics-adapter.port" -}}
{{ add (index . 1) (ternary 20000 0 (index . 0).Values.hostNetwork) }}
{{- end }}

{{- /* How an update replaces the pods. Empty: as Kubernetes does by default. */}}
{{- define "asm-metrics-adapter.updateStrategy" -}}
{{- $strategy := dict }}
{{- if .Values.hostNetwork }}{{ $strategy = dict "maxSurge" 0 "maxUnavailable" 1 }}{{ end }}
{{- range $name, $pods := .Values.updateStrategy }}{{ $strategy = set $strategy $name (int $pods) }}{{ end }}
{{- if and (hasKey $strategy "maxSurge") (hasKey $strategy "maxUnavailable") }}
{{- if and (eq (int $strategy.maxSurge) 0) (eq (int $strategy.maxUnavailable) 0) }}{{ fail "ASM_COUNT_INVALID: updateStrategy.maxSurge and updateStrategy.maxUnavailable are both 0, so that an update could not replace a pod. Set one of them to a number of pods, such as 1. With hostNetwork, maxSurge is 0 unless it is set." }}{{ end }}
{{- end }}
{{- toJson $strategy }}
{{- end }}

{{- /* How the pods are spread. A constraint without labelSelector counts the pods of the adapter. */}}
{{- define "asm-metrics-adapter.topologySpread" -}}
{{- $all := list }}
{{- range .Values.topologySpreadConstraints }}
{{- if hasKey . "labelSelector" }}{{ $all = append $all . }}{{ else }}
{{- $pods := dict "matchLabels" (dict "app.kubernetes.io/name" "asm-metrics-adapter") }}
{{- $all = append $all (merge (dict "labelSelector" $pods "matchLabelKeys" (list "pod-template-hash")) .) }}
{{- end }}
{{- end }}
{{- toYaml $all }}
{{- end }}

{{- /* The additional flags, checked as the component does. A message does not repeat a value, which may be a secret. */}}
{{- define "asm-metrics-adapter.extraArgs" -}}
{{- $flags := include "asm-metrics-adapter.flags" . | fromJson }}
{{- range $index, $arg := .Values.extraArgs }}
{{- $at := printf "ASM_FLAG_REFUSED: extraArgs[%d]:" $index }}
{{- if not (regexMatch "^--[^=\\s]+(=|$)" $arg) }}{{ fail (printf "%s The text is not one flag of the adapter. Write each flag as one text, such as --metrics-ttl=2m." $at) }}{{ end }}
{{- $name := regexFind "^--[^=]+" $arg | trimPrefix "--" }}
{{- $value := regexReplaceAll "^--[^=]+=?" $arg "" }}
{{- $rule := get $flags $name }}
{{- if not $rule }}{{ fail (printf "%s --%s is not a flag of the adapter. docs/reference/flags.md lists them." $at $name) }}{{ end }}
{{- if hasKey $rule "setBy" }}{{ fail (printf "%s %s." $at (ternary (printf "--%s cannot be set with this chart. Remove it" $name) (printf "The chart sets --%s. Use the value %s" $name $rule.setBy) (eq $rule.setBy ""))) }}{{ end }}
{{- if and (eq $rule.value "") (not (has $value (list "" "true" "false"))) }}{{ fail (printf "%s --%s is a switch. Write it without a value, or with =true or =false." $at $name) }}{{ end }}
{{- if and (ne $rule.value "") (eq $value "") }}{{ fail (printf "%s --%s needs a value." $at $name) }}{{ end }}
{{- if and (eq $rule.value "DURATION") (not (regexMatch "^(0|([0-9.]+(ms|s|m|h))+)$" $value)) }}{{ fail (printf "%s --%s needs a duration, such as 30s." $at $name) }}{{ end }}
{{- if and (eq $rule.value "NUMBER") (not (regexMatch "^[0-9]+$" $value)) }}{{ fail (printf "%s --%s needs a whole number." $at $name) }}{{ end }}
{{- end }}
{{- toJson (default list .Values.extraArgs) }}
{{- end }}

{{- /* The URL of the default server. The chart of kube-metrics-adapter calls it prometheus.server. */}}
{{- define "asm-metrics-adapter.url" -}}
{{- $prometheus := .Values.prometheus }}
{{- if and $prometheus.url $prometheus.server }}{{ fail "prometheus.url and prometheus.server are both set. Set only prometheus.url." }}{{ end }}
{{- $prometheus.url | default $prometheus.server | required "prometheus.url is missing. Set the Prometheus server that scrapes the mesh: --set prometheus.url=http://prometheus.istio-system.svc:9090. To serve only metrics with the reaction Direct, without Prometheus, set no value of prometheus and --set direct=true." }}
{{- end }}

{{- /* Not empty if there is a default server. Without one, direct must be true, and no value of a server may be set. */}}
{{- define "asm-metrics-adapter.hasServer" -}}
{{- if and .Values.directGateways (not .Values.direct) }}{{ fail "ASM_ARGUMENT_MISPLACED: directGateways has no effect without direct. Set direct to true, or remove directGateways." }}{{ end }}
{{- if or (not .Values.direct) (values .Values.prometheus | compact) }}true{{ end }}
{{- end }}

{{- /* The Secret with the URL and the credentials of each server: the chart's own, unless you provide one. */}}
{{- define "asm-metrics-adapter.serversSecret" -}}
{{ .Values.prometheus.existingSecret | default "asm-metrics-adapter-prometheus" }}
{{- end }}

{{- /* All servers by the prefix of their files. */}}
{{- define "asm-metrics-adapter.servers" -}}
{{- $servers := dict }}
{{- if include "asm-metrics-adapter.hasServer" . }}
{{- $_ := set $servers "default" (set (deepCopy .Values.prometheus) "url" (include "asm-metrics-adapter.url" .)) }}
{{- end }}
{{- range $alias, $server := .Values.additionalPrometheus }}
{{- $_ := set $servers (printf "alias.%s" $alias) $server }}
{{- end }}
{{- toJson $servers }}
{{- end }}

{{- /*
A base URL, checked. The schema cannot check it: Helm prints a text that does not match a pattern, and this one can contain
a password. Takes the name of the value and its text.
*/}}
{{- define "asm-metrics-adapter.baseUrl" -}}
{{- if not (regexMatch "^(?i:https?)://[^\\s/\\\\@?#:][^\\s/\\\\@?#]*(/[^\\s\\\\?#]*)?$" .text) }}
{{- fail (printf "ASM_URL_INVALID: %s is not an http or https URL, or has a user, a query, a fragment or white space. Set only the base URL, such as http://prometheus.istio-system.svc:9090, and credentials as basicAuth." .name) }}
{{- end }}
{{- .text }}
{{- end }}

{{- /* Fails for a value that is not one of a header, and does not print it. */}}
{{- define "asm-metrics-adapter.checkHeader" -}}
{{- if not (regexMatch "^\\S([^\\r\\n]*\\S)?$" .text) }}
{{- fail (printf "ASM_HEADER_INVALID: %s starts or ends with white space, or has a line break. Set one line of text, without the line break at the end of a file." .name) }}
{{- end }}
{{- end }}

{{- /* Data of the Secret: the URL of each server, its http_config, and the credentials that this refers to. */}}
{{- define "asm-metrics-adapter.serverFiles" -}}
{{- range $name, $server := include "asm-metrics-adapter.servers" . | fromJson }}
{{- $path := printf "/etc/asm-metrics-adapter/prometheus/%s" $name }}
{{- $http := dict }}
{{- $value := ternary "prometheus" (printf "additionalPrometheus.%s" (trimPrefix "alias." $name)) (eq $name "default") }}
{{- with $server.authorization }}
{{- include "asm-metrics-adapter.checkHeader" (dict "name" (printf "%s.authorization" $value) "text" .) }}
{{- $_ := set $http "authorization" (dict "type" "none" "credentials_file" (printf "%s.authorization" $path)) }}
{{ $name }}.authorization: {{ . | b64enc }}
{{- end }}
{{- with $server.basicAuth }}
{{- $_ := set $http "basic_auth" (dict "username_file" (printf "%s.username" $path) "password_file" (printf "%s.password" $path)) }}
{{ $name }}.username: {{ .username | b64enc }}
{{ $name }}.password: {{ .password | b64enc }}
{{- end }}
{{- with $server.headers }}
{{- $headers := dict }}
{{- range $header, $text := . }}
{{- include "asm-metrics-adapter.checkHeader" (dict "name" (printf "%s.headers.%s" $value $header) "text" $text) }}
{{- $_ := set $headers $header (dict "secrets" (list $text)) }}
{{- end }}
{{- $_ := set $http "http_headers" $headers }}
{{- end }}
{{- with $server.caBundle }}
{{- $_ := set $http "tls_config" (dict "ca_file" (printf "%s.ca" $path)) }}
{{ $name }}.ca: {{ . | b64enc }}
{{- end }}
{{ $name }}.http: {{ toJson $http | b64enc }}
{{ $name }}.url: {{ include "asm-metrics-adapter.baseUrl" (dict "name" (printf "%s.url" $value) "text" $server.url) | b64enc }}
{{- end }}
{{- end }}

{{- /*
Changes with what the adapter reads only when it starts: URLs and headers, but no token and no password. The chart cannot
see the content of a Secret that you provide.
*/}}
{{- define "asm-metrics-adapter.serversHash" -}}
{{- if .Values.prometheus.existingSecret }}
{{- .Values.prometheus.existingSecret | sha256sum | trunc 12 }}
{{- else }}
{{- $read := list }}
{{- range $name, $server := include "asm-metrics-adapter.servers" . | fromJson }}
{{- $read = append $read (list $name $server.url $server.headers) }}
{{- end }}
{{- toJson $read | sha256sum | trunc 12 }}
{{- end }}
{{- end }}

{{- /* The neighbouring adapters with the defaults of their types, and the flag of each. */}}
{{- define "asm-metrics-adapter.delegates" -}}
{{- $types := include "asm-metrics-adapter.delegateTypes" . | fromJson }}
{{- $delegates := list }}
{{- $names := list }}
{{- range $index, $given := .Values.delegates }}
{{- $known := dict }}
{{- with $given.type }}{{ $known = get $types . }}{{ end }}
{{- $name := $given.name | default $known.name | required (printf "delegates[%d] has neither a type nor a name" $index) }}
{{- $service := $given.service | default $known.service | required (printf "delegates[%d] has no service" $index) }}
{{- if has $name $names }}{{ fail (printf "delegates[%d]: %s is also the name of another delegate" $index $name) }}{{ end }}
{{- $names = append $names $name }}
{{- if and $given.insecureSkipVerify $given.caSecret }}{{ fail (printf "delegates[%d] has both caSecret and insecureSkipVerify. Remove one of them." $index) }}{{ end }}
{{- $secret := ternary "" ($given.caSecret | default $known.caSecret) ($given.insecureSkipVerify | default false) }}
{{- if not (or $secret $given.insecureSkipVerify) }}{{ fail (printf "delegates[%d] has no caSecret. Set the Secret with its CA, or insecureSkipVerify." $index) }}{{ end }}
{{- $parts := list (printf "name=%s" $name) }}
{{- if $given.type }}{{ $parts = append $parts (printf "type=%s" $known.name) }}{{ end }}
{{- $parts = append $parts (printf "service=%s" $service) }}
{{- $parts = append $parts (ternary (printf "ca-secret=%s" $secret) "ca=insecure-skip-verify" (ne $secret "")) }}
{{- range $given.metrics }}{{ $parts = append $parts (printf "metric=%s" .) }}{{ end }}
{{- with $given.timeoutSeconds }}{{ $parts = append $parts (printf "timeout=%vs" .) }}{{ end }}
{{- $delegates = append $delegates (dict "name" $name "caSecret" $secret "flag" (printf "--delegate=%s" (join "," $parts))) }}
{{- end }}
{{- toJson $delegates }}
{{- end }}

{{- /* Not empty if there are rules of prometheus-adapter. Without them, no other value of prometheusAdapterRules may be set. */}}
{{- define "asm-metrics-adapter.hasRules" -}}
{{- $rules := .Values.prometheusAdapterRules }}
{{- if and $rules.config $rules.configMap }}{{ fail "ASM_ARGUMENT_MISPLACED: prometheusAdapterRules.configMap has no effect, because config is set. Remove one of config and configMap." }}{{ end }}
{{- if and $rules.config $rules.configMapKey }}{{ fail "ASM_ARGUMENT_MISPLACED: prometheusAdapterRules.configMapKey has no effect, because config is set. Remove it, or set configMap instead of config." }}{{ end }}
{{- if or $rules.config $rules.configMap }}true
{{- else if values $rules | compact }}{{ fail "ASM_ARGUMENT_MISSING: prometheusAdapterRules.config is required. Set config, or configMap with the name of an existing ConfigMap." }}{{ end }}
{{- if and $rules.relistIntervalSeconds $rules.maxAgeSeconds }}
{{- if lt (int $rules.maxAgeSeconds) (int $rules.relistIntervalSeconds) }}{{ fail "ASM_NUMBER_INVALID: prometheusAdapterRules.maxAgeSeconds is less than relistIntervalSeconds, so metrics would come and go. Set at least the interval." }}{{ end }}
{{- end }}
{{- end }}

{{- /* The ConfigMap with the rules: the chart's own, unless you provide one. */}}
{{- define "asm-metrics-adapter.rulesConfigMap" -}}
{{ .Values.prometheusAdapterRules.configMap | default "asm-metrics-adapter-rules" }}
{{- end }}

{{- /* Not empty if the custom metrics API is taken over. */}}
{{- define "asm-metrics-adapter.takesCustomOver" -}}
{{- $own := .Values.prometheusAdapterRules.takeOver }}
{{- if and (include "asm-metrics-adapter.hasRules" .) (ternary .Values.takeOver $own (kindIs "invalid" $own)) }}true{{ end }}
{{- end }}

{{- /* The API group in an order that is not about all groups of the adapter. */}}
{{- define "asm-metrics-adapter.orderedGroups" -}}
{{- if and .Values.takeOver (include "asm-metrics-adapter.hasRules" .) (not (include "asm-metrics-adapter.takesCustomOver" .)) }}external.metrics.k8s.io
{{- else if not .Values.takeOver }}custom.metrics.k8s.io{{ end }}
{{- end }}

{{- /*
Not empty if an API is taken over. Fails if this release has registered that API itself: Helm would delete the APIService,
and then there would be nothing to take over.
*/}}
{{- define "asm-metrics-adapter.takeOver" -}}
{{- $names := list }}
{{- if .Values.takeOver }}{{ $names = list "v1beta1.external.metrics.k8s.io" }}{{ end }}
{{- if include "asm-metrics-adapter.takesCustomOver" . }}{{ $names = concat $names (list "v1beta1.custom.metrics.k8s.io" "v1beta2.custom.metrics.k8s.io") }}{{ end }}
{{- range $names }}
{{- $api := lookup "apiregistration.k8s.io/v1" "APIService" "" . | default dict }}
{{- $annotations := dig "metadata" "annotations" dict $api }}
{{- if and (eq (get $annotations "meta.helm.sh/release-name") $.Release.Name) (eq (get $annotations "meta.helm.sh/release-namespace") $.Release.Namespace) }}
{{- fail (printf "takeOver is true, but the release %s has registered the APIService %s itself. Set takeOver to false: there is no other adapter to take the API over from." $.Release.Name .) }}
{{- end }}
{{- end }}
{{- if $names }}true{{ end }}
{{- end }}

{{- /* The Secrets with the CAs of the neighbouring adapters. */}}
{{- define "asm-metrics-adapter.delegateSecrets" -}}
{{- $secrets := list }}
{{- range include "asm-metrics-adapter.delegates" . | fromJsonArray }}
{{- if .caSecret }}
{{- $parts := splitList "/" .caSecret }}
{{- $secrets = append $secrets (dict "name" .name "namespace" (first $parts) "secret" (last $parts)) }}
{{- end }}
{{- end }}
{{- toJson $secrets }}
{{- end }}
