package externaldns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tranship/tranship/api/v1alpha1"
	"github.com/tranship/tranship/bench/manifests"
	"github.com/tranship/tranship/internal/engine"
	"github.com/tranship/tranship/internal/names"
	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/process"
)

// owner of ExternalDNS in these tests.
const owner = "me"

// changing is a name that changes hands, and the object that asks for it.
type changing struct {
	kind, name string
	instances  int
	ttl        int64 // of its records, once ExternalDNS has it
}

// hands are pods in a service that was there before tranship, and whose TTL is
// another than the one asked for; and the proof of concept's objects, whose
// services tranship makes: pods, and two load balancers behind an alias.
var hands = []changing{
	{"service", lab.ServiceName(1), 2, 30},
	{"service", "nginx", 2, 60},
	{"service", "nginx-lb", 1, 30},
	{"ingress", "nginx-web", 1, 60},
}

// stage is a lab with names that tranship keeps.
type stage struct {
	t          *testing.T
	l          *lab.Lab
	program    string // ExternalDNS
	tranship   string
	controller *process.Child
	said       *diary // by the controller
	full       time.Time
}

// From tranship to the real ExternalDNS and back: whoever gets a name finds it as
// it would have written it, and so writes nothing; and at no moment is a name
// empty on any name server.
func TestHandover(t *testing.T) {
	s := newStage(t, built(t))
	s.begin()
	for _, h := range hands {
		s.await(func() error { return errors.Join(s.registered(h, engine.InName), s.held(h, true), s.converged(h)) })
	}
	s.full = time.Now()

	s.ask("to=external-dns,owner=" + owner)
	for _, h := range hands {
		s.await(func() error { return errors.Join(s.registered(h, engine.HandedOver), s.described(h), s.held(h, false)) })
	}
	s.nothingToWrite("after the way there")
	s.end()
	s.replaced(hands[0])

	s.begin()
	s.ask("from=external-dns,owner=" + owner)
	for _, h := range hands {
		s.await(func() error {
			d, _, err := s.settings(h)
			if err == nil && d != "kept by tranship" {
				err = fmt.Errorf("%s: description %q, want one that says who keeps it", h.name, d)
			}
			return errors.Join(err, s.registered(h, engine.TakenOver), s.held(h, true))
		})
	}
	s.nothingToWrite("after the way back")
	seen := 0
	for _, h := range hands {
		seen += s.neverEmpty(h)
	}
	if seen == 0 {
		t.Error("no name server saw anything change, though a pod was replaced")
	}
}

func newStage(t *testing.T, program string) *stage {
	t.Helper()
	s := &stage{t: t, program: program, tranship: filepath.Join(t.TempDir(), "tranship"), said: &diary{}}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", s.tranship, "./cmd/tranship")
	cmd.Dir, cmd.Env = filepath.Join("..", ".."), append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build tranship: %v\n%s", err, out)
	}
	l, err := lab.Up(t.Context(), lab.Options{
		Services: 1, Pods: 2, NamesAlone: true, EKS: "ready", LoadBalancers: true, ControllerLog: s.said, Progress: os.Stderr,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.l = l
	t.Cleanup(func() {
		if err := errors.Join(l.Err(), l.Down(context.WithoutCancel(t.Context()))); err != nil {
			t.Error(err)
		}
	})
	if err := Apply(t.Context(), l.Ready.Kubeconfig, lab.KubeNamespace, manifests.FS); err != nil {
		t.Fatal(err)
	}
	s.annotate(hands[0], map[string]string{
		v1alpha1.AnnotationExternalDNSHostname: hands[0].name + "." + l.Ready.Namespace,
		"external-dns.alpha.kubernetes.io/ttl": fmt.Sprint(hands[0].ttl),
	})
	return s
}

// begin runs tranship's controller until end, or the end of the test.
func (s *stage) begin() {
	s.t.Helper()
	p, err := s.l.Controller(s.t.Context(), s.tranship, "bench",
		"--create", lab.KubeNamespace+"=*."+s.l.Ready.Namespace, "--create-unasked", "--allow", lab.KubeNamespace+"=external-dns/"+owner)
	if err != nil {
		s.t.Fatal(err)
	}
	p.Failed = func(err error) { s.t.Error(err) }
	if s.controller, err = process.Start(s.t.Context(), p); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.end)
}

func (s *stage) end() {
	if s.controller == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), time.Minute)
	defer cancel()
	if err := s.controller.Stop(ctx); err != nil {
		s.t.Error(err)
	}
	s.controller = nil
}

// await waits for what has to come; its failure ends the test.
func (s *stage) await(ok func() error) {
	s.t.Helper()
	if err := await(s.t.Context(), ok); err != nil {
		s.t.Fatalf("%v\nthe controller:\n%s", err, s.said.tail())
	}
}

// ask annotates every object with a hand-over.
func (s *stage) ask(handover string) {
	s.t.Helper()
	for _, h := range hands {
		s.annotate(h, map[string]string{v1alpha1.AnnotationHandover: handover})
	}
}

func (s *stage) annotate(h changing, annotations map[string]string) {
	s.t.Helper()
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": annotations}})
	if err != nil {
		s.t.Fatal(err)
	}
	if h.kind == "ingress" {
		_, err = s.l.Kubernetes().NetworkingV1().Ingresses(lab.KubeNamespace).Patch(s.t.Context(), h.name, types.MergePatchType, patch, metav1.PatchOptions{})
	} else {
		_, err = s.l.Kubernetes().CoreV1().Services(lab.KubeNamespace).Patch(s.t.Context(), h.name, types.MergePatchType, patch, metav1.PatchOptions{})
	}
	if err != nil {
		s.t.Fatalf("annotate %s %s: %v", h.kind, h.name, err)
	}
}

// registered says that the Service's condition has the reason. An Ingress has no
// conditions.
func (s *stage) registered(h changing, reason string) error {
	if h.kind != "service" {
		return nil
	}
	svc, err := s.l.Kubernetes().CoreV1().Services(lab.KubeNamespace).Get(s.t.Context(), h.name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	k := slices.IndexFunc(svc.Status.Conditions, func(c metav1.Condition) bool { return c.Type == v1alpha1.ConditionRegistered })
	if k < 0 {
		return fmt.Errorf("Service %s has no condition %s", h.name, v1alpha1.ConditionRegistered)
	}
	if c := svc.Status.Conditions[k]; c.Reason != reason {
		return fmt.Errorf("Service %s: %s, %s: %s; want %s", h.name, c.Status, c.Reason, c.Message, reason)
	}
	return nil
}

// held says that all instances, and as many as there should be, have tranship's
// mark, or that all are as ExternalDNS writes them.
func (s *stage) held(h changing, marked bool) error {
	in := s.l.Instances(h.name)
	if len(in) != h.instances {
		return fmt.Errorf("%s has %d instances, want %d", h.name, len(in), h.instances)
	}
	for _, i := range in {
		a := i.Attributes
		if plain := len(a) == 1 && (i.ID == a[names.AttrIPv4] || a[names.AttrAlias] != ""); (a[names.AttrOwner] == "lab") != marked || plain == marked {
			return fmt.Errorf("%s: instance %s %v; marked by tranship: want %t", h.name, i.ID, a, marked)
		}
	}
	return nil
}

func (s *stage) converged(h changing) error {
	if !s.l.Converged(h.name) {
		return fmt.Errorf("not every name server knows %s", h.name)
	}
	return nil
}

// settings are the description and the TTL of the Cloud Map service.
func (s *stage) settings(h changing) (description string, ttl int64, err error) {
	svc, err := find(s.t.Context(), s.l, h.name)
	if err != nil {
		return "", 0, err
	}
	if r := svc.DnsConfig.DnsRecords; len(r) == 1 {
		ttl = awssdk.ToInt64(r[0].TTL)
	}
	return awssdk.ToString(svc.Description), ttl, nil
}

// described says that the service is as ExternalDNS would have left it.
func (s *stage) described(h changing) error {
	d, ttl, err := s.settings(h)
	if err != nil {
		return err
	}
	want := fmt.Sprintf("heritage=external-dns,external-dns/owner=%s,external-dns/resource=%s/%s/%s", owner, h.kind, lab.KubeNamespace, h.name)
	if d != want || ttl != h.ttl {
		return fmt.Errorf("%s: description %q and TTL %d, want %q and %d", h.name, d, ttl, want, h.ttl)
	}
	return nil
}

// peer runs ExternalDNS until stop, which looks at what it logged.
func (s *stage) peer() (log *diary, stop func()) {
	s.t.Helper()
	log = &diary{}
	p, err := Start(s.t.Context(), Options{Binary: s.program, Lab: s.l.Ready, Interval: s.l.ExternalDNSInterval(), Owner: owner, Log: log})
	if err != nil {
		s.t.Fatal(err)
	}
	return log, func() {
		p.Stop()
		if ends := p.Ends(); len(ends) > 0 {
			s.t.Errorf("ExternalDNS ended by itself: %v", ends)
		}
		for line := range strings.Lines(log.whole()) {
			if strings.Contains(line, "level=error") || strings.Contains(line, "level=fatal") {
				s.t.Errorf("ExternalDNS: %s", line)
			}
		}
	}
}

// upToDate is what ExternalDNS logs of a sync in which it has nothing to write.
const upToDate = "All records are already up to date"

// nothingToWrite lets ExternalDNS sync three times beside the controller, and
// neither may write.
func (s *stage) nothingToWrite(when string) {
	s.t.Helper()
	before := writes(s.l)
	log, stop := s.peer()
	err := await(s.t.Context(), func() error {
		if n := strings.Count(log.whole(), upToDate); n < 3 {
			return fmt.Errorf("%s, ExternalDNS found %d times that it has nothing to write, want 3", when, n)
		}
		return nil
	})
	stop()
	if err != nil {
		s.t.Fatalf("%v\nExternalDNS:\n%s", err, log.tail())
	}
	if after := writes(s.l); !maps.Equal(before, after) {
		s.t.Errorf("%s: AWS was asked for %v, before that for %v\nExternalDNS:\n%s", when, after, before, log.tail())
	}
}

// writes counts the calls that change something in Cloud Map.
func writes(l *lab.Lab) map[string]int {
	out := map[string]int{}
	for action, n := range l.Calls() {
		op, is := strings.CutPrefix(action, "servicediscovery:")
		if is && !strings.HasPrefix(op, "Get") && !strings.HasPrefix(op, "List") && !strings.HasPrefix(op, "Discover") {
			out[op] = n
		}
	}
	return out
}

// replaced deletes a pod while only ExternalDNS runs: it puts the new one in and
// takes the old one out, under the id that tranship gave it in its stead.
func (s *stage) replaced(h changing) {
	s.t.Helper()
	pods := s.l.Kubernetes().CoreV1().Pods(lab.KubeNamespace)
	list, err := pods.List(s.t.Context(), metav1.ListOptions{LabelSelector: "app=" + h.name})
	if err != nil || len(list.Items) == 0 {
		s.t.Fatalf("pods of %s: %d, %v", h.name, len(list.Items), err)
	}
	old := list.Items[0].Status.PodIP
	log, stop := s.peer()
	defer stop()
	if err := pods.Delete(s.t.Context(), list.Items[0].Name, metav1.DeleteOptions{}); err != nil {
		s.t.Fatal(err)
	}
	if err := await(s.t.Context(), func() error {
		var ids []string
		for _, i := range s.l.Instances(h.name) {
			ids = append(ids, i.ID)
		}
		var lives []string
		now, err := pods.List(s.t.Context(), metav1.ListOptions{LabelSelector: "app=" + h.name})
		if err != nil {
			return err
		}
		for _, p := range now.Items {
			if p.DeletionTimestamp == nil {
				lives = append(lives, p.Status.PodIP)
			}
		}
		slices.Sort(ids)
		slices.Sort(lives)
		if slices.Contains(ids, old) || len(ids) != h.instances || !slices.Equal(ids, lives) {
			return fmt.Errorf("%s holds %v and its pods are %v; %s was replaced", h.name, ids, lives, old)
		}
		return nil
	}); err != nil {
		s.t.Fatalf("%v\nExternalDNS:\n%s", err, log.tail())
	}
}

// neverEmpty says that since all names were full, no name server had a moment
// without an address to answer with, and counts what they saw change. (They do not
// see who has an address registered.)
func (s *stage) neverEmpty(h changing) (seen int) {
	s.t.Helper()
	for _, v := range s.l.Views(h.name) {
		if v.At.Before(s.full) {
			continue
		}
		seen++
		if len(v.Addrs) == 0 {
			s.t.Errorf("name server %d had no address for %s at %s", v.Server, h.name, v.At.Format(time.StampMilli))
		}
	}
	return seen
}
