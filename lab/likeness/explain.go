package likeness

import (
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/lab/sees"
)

// taskDocument is what the ledger calls a task definition.
const taskDocument = "taskDefinition"

const containers = "containerDefinitions[]."

// states says which fields of a task definition state an aspect, by the beginning of
// both. Those of a container begin with a dot; the first line that fits counts.
var states = []struct {
	aspect string
	fields []string
}{
	{"environment.FLUENT_", []string{".environment", ".logConfiguration", ".firelensConfiguration"}},
	{"environment.", []string{".environment[]", ".environmentFiles", ".secrets"}},
	{"image", []string{".image", ".repositoryCredentials", ".versionConsistency"}},
	{"stage", []string{".dependsOn", ".essential"}},
	{"after.", []string{".dependsOn"}},
	{"entryPoint", []string{".entryPoint"}},
	{"arguments", []string{".command"}},
	{"workingDir", []string{".workingDirectory"}},
	{"user", []string{".user"}},
	{"group", []string{".user"}},
	{"port.", []string{".portMappings"}},
	{"mount.", []string{".mountPoints", ".volumesFrom", ".linuxParameters.tmpfs", ".linuxParameters.devices", ".firelensConfiguration", "volumes"}},
	{"cpu.", []string{".cpu", "cpu"}},
	{"memory.least", []string{".memory", ".memoryReservation", "memory"}},
	{"memory.most", []string{".memory", "memory"}},
	{"sharedMemory", []string{".linuxParameters.sharedMemorySize"}},
	{"gpus", []string{".resourceRequirements"}},
	{"ulimit.", []string{".ulimits"}},
	{"capability.", []string{".linuxParameters.capabilities"}},
	{"sysctl.", []string{".systemControls"}},
	{"host.", []string{".extraHosts", ".links"}},
	{"dns.", []string{".dnsServers", ".dnsSearchDomains"}},
	{"resolver", []string{".dnsServers", ".dnsSearchDomains"}},
	{"hostname", []string{".hostname"}},
	{"readOnlyRoot", []string{".readonlyRootFilesystem"}},
	{"privileged", []string{".privileged"}},
	{"noNewPrivileges", []string{".dockerSecurityOptions"}},
	{"terminal", []string{".pseudoTerminal"}},
	{"input", []string{".interactive"}},
	{"reaped", []string{".linuxParameters.initProcessEnabled", "pidMode"}},
	{"processes", []string{"pidMode", ".linuxParameters.initProcessEnabled"}},
	{"ipc", []string{"ipcMode"}},
	{"network", []string{"networkMode"}},
	{"identity", []string{"taskRoleArn"}},
	{"storage", []string{"ephemeralStorage"}},
	{"architecture", []string{"runtimePlatform"}},
	{"os", []string{"runtimePlatform"}},
	{"stop", []string{".stopTimeout"}},
	{"health.", []string{".healthCheck"}},
}

// podWide are aspects that containers of a pod share, so that a neighbour's field may
// be why a container has them.
var podWide = []string{"host.", "sysctl.", "dns.", "reaped", "stop", "mount.", "stage", "after."}

// explain finds the ledger's word on a difference: an entry of a field that states
// that aspect of that container, and that is not mapped.
func explain(d sees.Difference, entries []ledger.Entry) (ledger.Entry, bool) {
	for _, s := range states {
		if !strings.HasPrefix(d.Aspect, s.aspect) {
			continue
		}
		for _, e := range entries {
			if e.Document == taskDocument && e.Outcome != ledger.Mapped && slices.ContainsFunc(s.fields, func(f string) bool { return about(d, e, f) }) {
				return e, true
			}
		}
		return ledger.Entry{}, false
	}
	return ledger.Entry{}, false
}

// about says that an entry is of a field, and of what differs.
func about(d sees.Difference, e ledger.Entry, field string) bool {
	own, ofContainer := strings.CutPrefix(field, ".")
	if !ofContainer {
		return below(e.Field, field)
	}
	f, ok := strings.CutPrefix(e.Field, containers)
	if !ok || !below(f, own) {
		return false
	}
	whole := slices.ContainsFunc(podWide, func(a string) bool { return strings.HasPrefix(d.Aspect, a) })
	if d.Container != "" && !whole && !strings.HasPrefix(e.Path, "containerDefinitions["+d.Container+"].") {
		return false
	}
	// Of a list of variables, only the one that differs.
	if name, ok := strings.CutPrefix(d.Aspect, "environment."); ok && (own == "environment[]" || own == "secrets") {
		return strings.Contains(e.Path, "["+name+"]")
	}
	return true
}

// below says that a field is another, or a part of it.
func below(field, of string) bool {
	rest, ok := strings.CutPrefix(field, of)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
