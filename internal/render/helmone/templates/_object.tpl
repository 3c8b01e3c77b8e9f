{{- /* An object with what the values say of its namespace and its containers. */ -}}
{{- define "tranship.object" -}}
{{- $values := .root.Values -}}
{{- $object := .object -}}
{{- $metadata := default (dict) $object.metadata -}}
{{- if and $values.namespace (eq (default "" $metadata.namespace) $values.namespace) -}}
{{- $_ := set $metadata "namespace" .root.Release.Namespace -}}
{{- end -}}
{{- range $list := list "initContainers" "containers" -}}
{{- if has $object.kind (list "Deployment" "DaemonSet" "StatefulSet") -}}
{{- range $container := dig "spec" "template" "spec" $list (list) $object -}}
{{- include "tranship.container" (dict "container" $container "with" (default (dict) (index (default (dict) $values.containers) $container.name))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $object -}}
{{- end -}}

{{- /* Changes a container in place: variables that it has keep their place. */ -}}
{{- define "tranship.container" -}}
{{- $container := .container -}}
{{- with .with.image -}}{{- $_ := set $container "image" . -}}{{- end -}}
{{- with .with.resources -}}{{- $_ := set $container "resources" . -}}{{- end -}}
{{- $env := default (list) $container.env -}}
{{- range $name, $value := default (dict) .with.env -}}
{{- $found := false -}}
{{- range $env -}}
{{- if eq .name $name -}}
{{- $_ := set . "value" (toString $value) -}}
{{- $_ := unset . "valueFrom" -}}
{{- $found = true -}}
{{- end -}}
{{- end -}}
{{- if not $found -}}
{{- $env = append $env (dict "name" $name "value" (toString $value)) -}}
{{- end -}}
{{- end -}}
{{- if $env -}}{{- $_ := set $container "env" $env -}}{{- end -}}
{{- end -}}
