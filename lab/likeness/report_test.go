package likeness

import (
	"bytes"
	"strings"
	"testing"

	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/sees"
)

func good() *Report {
	s := func(name string, nameless bool) Service {
		return Service{Name: name, Title: "a web", Nameless: nameless, Converted: true, Applied: true, Ready: true, Compared: true, Moved: !nameless, Containers: 1}
	}
	return &Report{Services: []Service{s("svc-001", false), s("svc-002", true)}, ControlRun: lab.ControlRun{Requests: 10}, Requests: 100}
}

func TestOK(t *testing.T) {
	if err := good().OK(); err != nil {
		t.Error(err)
	}
	for say, spoil := range map[string]func(*Report){
		"converted: 1 of 2":        func(r *Report) { r.Services[0].Converted = false },
		"applied: 1 of 2":          func(r *Report) { r.Services[0].Applied = false },
		"ready: 1 of 2":            func(r *Report) { r.Services[1].Ready = false },
		"compared: 1 of 2":         func(r *Report) { r.Services[1].Compared = false },
		"moved: 0 of 1":            func(r *Report) { r.Services[0].Moved = false },
		"1 differences":            func(r *Report) { r.Services[0].Unexplained = []sees.Difference{{Aspect: "user"}} },
		"3 of 100 requests failed": func(r *Report) { r.Failed = 3 },
		"0 of 0 requests":          func(r *Report) { r.Requests = 0 },
		"void: 1 of 10 requests":   func(r *Report) { r.ControlRun.Failed = 1 },
	} {
		r := good()
		spoil(r)
		if err := r.OK(); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%v, want %q", err, say)
		}
	}
	r := good()
	r.Services[0].Moved, r.Still = false, true
	if err := r.OK(); err != nil {
		t.Errorf("nothing was to be moved: %v", err)
	}
}

// A difference is the ledger's, the platforms', or nobody's.
func TestJudge(t *testing.T) {
	app := func(edit func(*sees.Container)) sees.Report {
		c := sees.Container{Name: "app", Image: "x", Stage: sees.Along}
		edit(&c)
		return sees.Report{Containers: []sees.Container{c}}
	}
	s := Service{entries: []ledger.Entry{
		{Document: "taskDefinition", Field: "containerDefinitions[].user", Path: "containerDefinitions[app].user", Outcome: ledger.Approximated, Why: "a name"},
		{Document: "taskDefinition", Field: "containerDefinitions[].workingDirectory", Path: "containerDefinitions[app].workingDirectory", Outcome: ledger.Mapped},
	}}
	s.judge(app(func(c *sees.Container) {
		c.User, c.WorkingDir, c.Given = "bob", "/srv", map[string]string{"AWS_EXECUTION_ENV": "AWS_ECS_FARGATE"}
	}), app(func(*sees.Container) {}))
	if len(s.Explained) != 1 || s.Explained[0].By != "containerDefinitions[app].user is approximated: a name" ||
		len(s.Platform) != 1 || len(s.Unexplained) != 1 || s.Unexplained[0].Aspect != "workingDir" || s.Containers != 1 {
		t.Errorf("%+v", s)
	}
	r := good()
	r.Services[0].Explained, r.Services[0].Platform, r.Services[0].Unexplained = s.Explained, s.Platform, s.Unexplained
	var b bytes.Buffer
	r.Print(&b)
	for _, want := range []string{
		"app workingDir: /srv on ECS, nothing on EKS   (svc-001)", "2 services: 2 converted, 2 applied, 2 ready; 1 of 1 with a name moved; 0 of 100 requests failed",
		"1 differences are the platforms', 1 are in the ledger (0 as unsupported), 1 are not", "containerDefinitions[app].user is approximated: a name",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, b.String())
		}
	}
}
