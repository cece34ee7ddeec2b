{{- define "agent.labels" -}}
app.kubernetes.io/name: fairlead-agent
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "agent.selector" -}}
app.kubernetes.io/name: fairlead-agent
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* Stops an installation that could not work, and says what is missing. */}}
{{- define "agent.check" -}}
{{- $get := "The hub prints the whole command: fairlead clusters add NAME, or fairlead clusters token NAME." -}}
{{- if not .Values.hub.url }}{{ fail (printf "hub.url is missing: the hub's address, https://host[:port]. %s" $get) }}{{ end -}}
{{- if not .Values.hub.keySHA256 }}{{ fail (printf "hub.keySHA256 is missing: the SHA-256 of the hub's assertion key. %s" $get) }}{{ end -}}
{{- if and (eq .Values.hub.trust "pin") (not .Values.hub.caSHA256) }}{{ fail (printf "hub.caSHA256 is missing: with hub.trust=pin the SHA-256 of the hub's CA certificate is needed. %s" $get) }}{{ end -}}
{{- if and (eq .Values.hub.trust "caBundle") (not .Values.hub.caBundle) }}{{ fail "hub.caBundle is missing: with hub.trust=caBundle the CA certificates (PEM) are needed." }}{{ end -}}
{{- if not .Values.image.repository }}{{ fail "image.repository is missing: where this cluster pulls the agent's image from, e.g. --set image.repository=registry.example/fairlead-agent." }}{{ end -}}
{{- end }}

{{- define "agent.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* The roles that the preset accepts, as a JSON list. */}}
{{- define "agent.roles" -}}
{{- if eq .Values.ceiling.preset "admin" -}}["viewer","operator","developer","admin"]
{{- else if eq .Values.ceiling.preset "operate" -}}["viewer","operator"]
{{- else -}}["viewer"]{{- end -}}
{{- end }}
