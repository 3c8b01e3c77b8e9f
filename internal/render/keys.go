package render

import (
	"cmp"
	"maps"
	"slices"
)

// first are keys in the order in which people write them in manifests; all others
// follow in the order of letters.
var first = []string{
	"apiVersion", "kind", "metadata",
	"name", "namespace", "generateName", "labels", "annotations",
	"account", "region", "cluster", "service", // of a ServiceMigration's source and target
	"secretStoreRef", "refreshInterval", "secretKey", "remoteRef",
	"type", "headers", "immutable", "data",
	"goal", "source", "target",
	"scaleTargetRef", "replicas", "minReplicas", "maxReplicas", "revisionHistoryLimit",
	"minAvailable", "maxUnavailable", "clusterIP",
	"selector", "matchLabels", "matchExpressions", "podSelector", "policyTypes",
	"strategy", "updateStrategy", "rollingUpdate", "maxSurge",
	// of Argo CD and Flux
	"goTemplate", "goTemplateOptions", "generators", "project", "repoURL", "revision", "targetRevision",
	"interval", "retryInterval", "timeout", "dependsOn", "releaseName", "targetNamespace", "storageNamespace",
	"chart", "sourceRef", "url", "ref",
	"template", "spec",
	"serviceAccountName", "automountServiceAccountToken", "runtimeClassName", "priorityClassName",
	"hostNetwork", "hostPID", "dnsPolicy", "dnsConfig", "hostAliases",
	"nodeSelector", "tolerations", "affinity", "topologySpreadConstraints",
	"terminationGracePeriodSeconds", "readinessGates",
	"imagePullSecrets", "initContainers", "containers",
	"image", "imagePullPolicy", "restartPolicy", "command", "args", "workingDir",
	"ports", "containerPort", "port", "targetPort", "protocol",
	"envFrom", "env", "value", "valueFrom", "configMapKeyRef", "secretKeyRef", "key",
	"resources", "requests", "limits", "cpu", "memory",
	"lifecycle", "startupProbe", "readinessProbe", "livenessProbe",
	"exec", "httpGet", "tcpSocket", "path",
	"volumeMounts", "mountPath", "subPath", "readOnly",
	"securityContext", "stdin", "tty",
	"volumes",
}

var rank = func() map[string]int {
	m := make(map[string]int, len(first))
	for i, k := range first {
		m[k] = i + 1
	}
	return m
}()

// free are maps whose keys are people's own words.
var free = map[string]bool{
	"labels": true, "annotations": true, "data": true, "stringData": true, "binaryData": true,
	"matchLabels": true, "nodeSelector": true, "env": true, "objects": true, "containers": true,
}

// keysOf are the keys of a map in order; parent is the key that leads to it.
func keysOf(m map[string]any, parent string) []string {
	keys := slices.Sorted(maps.Keys(m))
	if free[parent] {
		return keys
	}
	of := func(k string) int { return cmp.Or(rank[k], len(first)+1) }
	slices.SortStableFunc(keys, func(a, b string) int { return of(a) - of(b) })
	return keys
}
