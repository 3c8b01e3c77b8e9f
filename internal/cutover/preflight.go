package cutover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tranship/tranship/internal/check"
	"github.com/tranship/tranship/internal/names"
)

// preflightDone: every required check passes. Standing checks are judged during
// the whole crossing, the others only at its door.
func (m *machine) preflightDone() bool {
	if m.o.Denied != "" {
		m.d.Checks = []check.Result{m.allowed()}
		m.wait(WaitDenied, "ECS service "+m.o.Spec.Source.String(), m.o.Denied, zeroTime)
		return false
	}
	if !m.s.Wrote {
		src := m.o.Source.V
		m.s.Original = &Original{
			Records:  slices.Clone(m.o.Name.V.Settings.Records),
			Desired:  src.Desired,
			Capacity: max(src.Desired, src.Running),
			Carry:    carried(m.o.Name.V, m.o.Bounds.Owner, m.o.Spec.Source),
		}
	}
	m.pin()
	if m.s.Halt != "" {
		return false
	}
	m.d.Checks = m.checks()
	blocking := slices.DeleteFunc(slices.Clone(m.d.Checks), func(r check.Result) bool {
		door := !r.Standing && (m.s.Wrote || m.past(Preflight))
		return door || r.Outcome == check.Unknown && m.granted(r.ID)
	})
	r, bad := check.First(blocking)
	if !bad {
		return true
	}
	text := fmt.Sprintf("%s: %s: %s", r.ID, r.Outcome, r.Value)
	if r.Limit != "" {
		text += ", needed: " + r.Limit
	}
	if r.Remedy != "" {
		text += " — " + r.Remedy
	}
	m.wait(WaitChecks, "check "+r.ID, text, zeroTime)
	return false
}

// pin halts a crossing whose subject changed under it.
func (m *machine) pin() {
	src, p := m.o.Source.V, &m.s.For
	if !m.s.Wrote || p.TaskDefinition == "" {
		p.ServiceARN, p.TaskDefinition = src.ARN, src.TaskDefinition
		p.UID, p.Ref = m.o.Spec.UID, m.o.Ref.String()
		return
	}
	if p.TaskDefinition != src.TaskDefinition {
		m.halt(fmt.Sprintf("the ECS service was deployed in mid-crossing (%s → %s)", short(p.TaskDefinition), short(src.TaskDefinition)))
	}
	if p.ServiceARN != src.ARN || p.UID != m.o.Spec.UID {
		m.halt("the ECS service or the migration is not the one this crossing began with")
	}
}

// short is the part of an ARN that people know.
func short(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

func (m *machine) allowed() check.Result {
	r := check.Result{ID: "tenant-allowed", Outcome: check.Pass, Standing: true, Value: "allowed"}
	if m.o.Denied != "" {
		r.Outcome, r.Value = check.Fail, m.o.Denied
		r.Remedy = "an administrator allows it with --allow NAMESPACE=CLUSTER/SERVICE or the ECS tag tranship.dev/namespace"
	}
	return r
}

// checks judges everything; it reads nothing but what was observed.
func (m *machine) checks() []check.Result {
	src, tgt, v := m.o.Source.V, m.o.Target.V, m.o.Name.V
	judge := func(id string, standing, ok bool, value, limit, remedy string) check.Result {
		r := check.Result{ID: id, Standing: standing, Outcome: check.Pass, Value: value, Limit: limit}
		if !ok {
			r.Outcome, r.Remedy = check.Fail, remedy
		}
		return r
	}
	rs := []check.Result{
		m.allowed(),
		judge("ecs-active", true, src.Status == "ACTIVE", "status "+src.Status, "ACTIVE", "the ECS service was deleted or is being deleted"),
		judge("ecs-controller", true, src.Controller == "ECS", "deployment controller "+src.Controller, "ECS",
			"services deployed by CodeDeploy or an external controller cannot cross yet"),
		judge("ecs-registry", true, src.RegistryID == m.o.Ref.ServiceID, "registry "+orNone(src.RegistryID), m.o.Ref.ServiceID,
			"the ECS service must be registered in the Cloud Map service that is to be moved"),
		judge("ecs-steady", false, !src.Deploying && src.Running >= src.Desired, steady(src), "no deployment, all tasks running",
			"wait until the deployment is over"),
		judge("ecs-capacity", false, src.Desired > 0, fmt.Sprintf("desiredCount %d", src.Desired), "at least 1", "nothing runs on ECS: there is nothing to move"),
		m.kind(),
		judge("record-type", true, v.Settings.HasType("A") && !v.Settings.HasType("SRV") && !v.Settings.HasType("CNAME"),
			"records "+types(v.Settings), "A", "only names with A records cross yet"),
		judge("kubernetes-service", true, tgt.Found, found(tgt.Found, m.o.Spec.Service), "it exists",
			"create the Service beside its workload, headless (clusterIP: None)"),
		judge("service-headless", true, !tgt.Found || tgt.Headless, headless(tgt), "headless",
			"set clusterIP: None: an A record leads to pods, not to a cluster address"),
		m.port(),
		m.foreign(),
		m.records(),
	}
	if _, problem := m.way(); problem != "" {
		rs = append(rs, check.Result{ID: "withdrawal", Outcome: check.Fail, Value: problem})
	}
	check.Sort(rs)
	return rs
}

// kind refuses what does not bear two copies at once: they begin with the first
// pod, not with the first record.
func (m *machine) kind() check.Result {
	src := m.o.Source.V
	r := check.Result{ID: "kind", Outcome: check.Pass, Value: "request", Limit: "request"}
	if m.o.Spec.Kind == KindRequest {
		return r
	}
	if m.o.Spec.Kind != KindAuto {
		r.Outcome, r.Value = check.Fail, string(m.o.Spec.Kind)
		r.Remedy = "needs decision: only request services cross this way"
		return r
	}
	if m.s.Original.Desired <= 1 && src.MaxPercent <= 100 {
		r.Outcome, r.Value = check.Fail, "singleton"
		r.Evidence = fmt.Sprintf("desiredCount %d, maximumPercent %d", src.Desired, src.MaxPercent)
		r.Remedy = "needs decision: it seems to run one at a time; set spec.kind to request if two copies do no harm"
	}
	return r
}

// port compares the ports on both sides: an A record carries none, so clients
// go on to use the one they know.
func (m *machine) port() check.Result {
	src, tgt := m.o.Source.V, m.o.Target.V
	want := m.o.Spec.Port
	if want == 0 {
		want = src.ContainerPort
	}
	r := check.Result{ID: "port-equal", Standing: true, Limit: fmt.Sprintf("container port %d", src.ContainerPort)}
	switch {
	case !tgt.Found:
		r.Outcome, r.Value = check.Fail, "no Service"
	case src.ContainerPort == 0:
		r.Value = "ECS tells no container port"
		r.Remedy = "approve check port-equal once a person has compared the ports"
	case want != src.ContainerPort || !slices.Contains(tgt.Ports, want):
		r.Outcome, r.Value = check.Fail, fmt.Sprintf("the Service leads to %v", tgt.Ports)
		r.Remedy = "let the pods listen on the port of the ECS containers: clients keep using it"
	default:
		r.Outcome, r.Value = check.Pass, fmt.Sprintf("%d on both sides", want)
	}
	return r
}

// foreign refuses a name in which somebody else takes part.
func (m *machine) foreign() check.Result {
	var ids []string
	for _, i := range m.o.Name.V.Instances {
		if names.SideOf(i, m.o.Bounds.Owner, &m.o.Spec.Source) == names.Foreign {
			ids = append(ids, string(i.ID))
		}
	}
	r := check.Result{ID: "foreign-instances", Outcome: check.Pass, Value: "none", Limit: "none"}
	if len(ids) > 0 {
		r.Outcome = check.Unknown
		r.Value = fmt.Sprintf("%d: %s", len(ids), strings.Join(ids[:min(3, len(ids))], ", "))
		r.Remedy = "they are left alone; approve check foreign-instances if they may stay in the name"
	}
	return r
}

// records checks that the name can hold both sides at once.
func (m *machine) records() check.Result {
	n := len(m.o.Name.V.Instances) + m.o.Target.V.Serving()
	r := check.Result{ID: "record-count", Outcome: check.Pass, Value: fmt.Sprint(n), Limit: fmt.Sprintf("at most %d", names.MaxSameNameRecords)}
	if n > names.MaxSameNameRecords {
		r.Outcome = check.Unknown
		r.Remedy = "Route 53 limits records of one name; approve check record-count if the quota was raised"
	}
	return r
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func steady(s ECSService) string {
	if s.Deploying {
		return fmt.Sprintf("a deployment is under way, %d of %d tasks run", s.Running, s.Desired)
	}
	return fmt.Sprintf("%d of %d tasks run", s.Running, s.Desired)
}

func types(s names.Settings) string {
	var t []string
	for _, r := range s.Records {
		t = append(t, r.Type)
	}
	return orNone(strings.Join(t, " "))
}

func found(ok bool, name string) string {
	if ok {
		return name
	}
	return "no Service " + name
}

func headless(t Target) string {
	if t.Headless {
		return "headless"
	}
	return "has a cluster address"
}
