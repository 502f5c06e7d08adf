{{- define "croft.image" -}}
{{ .reference }}{{ with .digest }}@{{ . }}{{ end }}
{{- end }}

{{- /* OpenID Connect's provider, as `croft up --oidc` reads it. */}}
{{- define "croft.oidc" -}}
{{- $provider := pick . "issuer" "clientId" "audience" "groupsClaim" "roles" }}
{{- if .trust }}{{ $_ := set $provider "trust" "trust.pem" }}{{ end }}
{{- toJson $provider }}
{{- end }}

{{- /* Sets in the template of the router's pod what the values say; prints nothing. */}}
{{- define "croft.pod" }}
{{- $v := .values }}
{{- $pod := .template.spec }}
{{- $router := first $pod.containers }}
{{- $image := include "croft.image" $v.image }}
{{- $annotations := merge (dict) $v.podAnnotations .template.metadata.annotations }}
{{- $args := without $router.args "--name" "localhost" }}
{{- $env := list (dict "name" "CROFT_IMAGE" "value" $image) }}
{{- $mounts := $router.volumeMounts }}
{{- $volumes := list }}
{{- range $pod.volumes }}
{{- if eq .name "seccomp" }}{{ $_ := set .hostPath "path" $v.kubeletSeccomp }}{{ end }}
{{- if eq .name "engine" }}{{ $_ := set .hostPath "path" $v.engineSocket }}{{ end }}
{{- $volumes = append $volumes . }}
{{- end }}

{{- range $v.tls.names }}{{ $args = concat $args (list "--name" .) }}{{ end }}
{{- with $v.tls.secret }}
{{- $args = concat $args (list "--certificate" "/etc/croft/tls/tls.crt" "--certificate-key" "/etc/croft/tls/tls.key") }}
{{- $mounts = append $mounts (dict "name" "tls" "mountPath" "/etc/croft/tls" "readOnly" true) }}
{{- $volumes = append $volumes (dict "name" "tls" "secret" (dict "secretName" . "defaultMode" 256)) }}
{{- end }}
{{- with $v.database.url }}
{{- $args = concat $args (list "--database" .) }}
{{- $env = append $env (dict "name" "CROFT_DATABASE_USER" "value" $v.database.user) }}
{{- end }}
{{- with $v.database.secret }}
{{- $env = append $env (dict "name" "CROFT_DATABASE_PASSWORD_FILE" "value" "/etc/croft/database/password") }}
{{- $mounts = append $mounts (dict "name" "database" "mountPath" "/etc/croft/database" "readOnly" true) }}
{{- $volumes = append $volumes (dict "name" "database" "secret" (dict "secretName" . "defaultMode" 256)) }}
{{- end }}
{{- if $v.oidc.issuer }}
{{- $args = concat $args (list "--oidc" "/etc/croft/oidc/provider.json") }}
{{- $mounts = append $mounts (dict "name" "oidc" "mountPath" "/etc/croft/oidc" "readOnly" true) }}
{{- $volumes = append $volumes (dict "name" "oidc" "configMap" (dict "name" (printf "%s-oidc" .release))) }}
{{- /* Another provider is another pod. */}}
{{- $_ := set $annotations "croft.dev/oidc" (sha256sum (toJson $v.oidc)) }}
{{- end }}
{{- with $v.replicas.servers }}
{{- $args = concat $args (list "--replicas" (join "," .) "--durability" $v.replicas.durability) }}
{{- end }}
{{- range $kind, $class := $v.runtimeClass }}
{{- if $class }}{{ $args = concat $args (list "--runtime-class" (printf "%s=%s" $kind $class)) }}{{ end }}
{{- end }}
{{- range $class, $shares := $v.overcommit }}{{ $args = concat $args (list "--overcommit" (printf "%s=%s" $class $shares)) }}{{ end }}
{{- range $v.pullSecrets }}{{ $args = concat $args (list "--pull-secret" .) }}{{ end }}
{{- if $v.requireIsolation }}{{ $args = append $args "--require-isolation" }}{{ end }}
{{- if ne (int $v.idleSeconds) 300 }}{{ $args = concat $args (list "--idle-seconds" (int $v.idleSeconds | toString)) }}{{ end }}
{{- if ne $v.logFormat "text" }}{{ $args = concat $args (list "--log-format" $v.logFormat) }}{{ end }}
{{- with $v.otlpEndpoint }}{{ $args = concat $args (list "--otlp-endpoint" .) }}{{ end }}
{{- $args = concat $args $v.extraArgs }}

{{- $_ := set .template.metadata "annotations" $annotations }}
{{- $_ := set $router "image" $image }}
{{- $_ := set $router "imagePullPolicy" $v.image.pullPolicy }}
{{- $_ := set $router "args" $args }}
{{- $_ := set $router "env" $env }}
{{- $_ := set $router "volumeMounts" $mounts }}
{{- with $v.resources }}{{ $_ := set $router "resources" . }}{{ end }}
{{- $_ := set $pod "volumes" $volumes }}
{{- $_ := set $pod "serviceAccountName" .release }}
{{- with $v.nodeSelector }}{{ $_ := set $pod "nodeSelector" . }}{{ end }}
{{- with $v.tolerations }}{{ $_ := set $pod "tolerations" . }}{{ end }}
{{- with $v.priorityClassName }}{{ $_ := set $pod "priorityClassName" . }}{{ end }}
{{- if $v.pullSecrets }}
{{- $secrets := list }}
{{- range $v.pullSecrets }}{{ $secrets = append $secrets (dict "name" .) }}{{ end }}
{{- $_ := set $pod "imagePullSecrets" $secrets }}
{{- end }}
{{- end }}
