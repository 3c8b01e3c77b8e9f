package churn

import (
	"bytes"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/lab"
	"github.com/tranship/tranship/lab/cloud"
)

// A mistake in the command line is exit code 2 and one line, before anything starts.
func TestUsage(t *testing.T) {
	for args, say := range map[string]string{
		"--services 0":                    "services and pods: 0",
		"--pods 0":                        "of at least 1 pod",
		"--ttl 1500ms":                    "whole seconds",
		"--timing slow":                   "neither fast nor aws",
		"--rate 0":                        "no load",
		"--rest 0s":                       "above 0",
		"--at-once 0":                     "at-once",
		"--outage 1s":                     "too short",
		"--replicas 0":                    "replicas",
		"--kill-leader":                   "give --replicas 2",
		"--only fill,nap":                 `"nap" is none of fill rest restart vanish outage leader`,
		"--only outage":                   "needs --outage",
		"--only leader":                   "needs --kill-leader",
		"--client-caches -1s":             "below 0",
		"--nonsense":                      "unknown flag",
		"--only vanish --outage 1m extra": "unknown command",
	} {
		var out, errs bytes.Buffer
		code := lab.Main(append([]string{"churn"}, strings.Fields(args)...), &out, &errs, Command)
		if want := map[bool]int{true: 1, false: 2}[say == "unknown command"]; code != want || !strings.Contains(errs.String(), say) || strings.Count(errs.String(), "\n") != 1 || out.Len() > 0 {
			t.Errorf("%s: exit %d, %q, want %d and one line with %q", args, code, errs.String(), want, say)
		}
	}
}

func TestDoes(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{}, "fill rest restart vanish"},
		{Options{Outage: time.Minute}, "fill rest restart vanish outage"},
		{Options{KillLeader: true}, "fill rest restart vanish leader"},
		{Options{Only: []string{"restart", "rest"}, Outage: time.Minute}, "rest restart"},
	} {
		var got []string
		for _, p := range Phases() {
			if tt.o.does(p) {
				got = append(got, string(p))
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%+v: %v, want %s", tt.o, got, tt.want)
		}
	}
}

// A pod serves on until nobody may hold its address, and then has its grace period.
func TestManifests(t *testing.T) {
	tr := &trial{o: Options{Pods: 3, TTL: 5 * time.Second, Caches: caches(5 * time.Second)}, timing: cloud.Fast(), lab: &lab.Lab{Options: lab.Options{Namespace: "shop.internal"}}}
	pod := tr.deployment("svc-001").Spec.Template.Spec
	// 5 s TTL, 6 s propagation, 0.6 s operation, 5 s in CoreDNS
	if s := pod.Containers[0].Lifecycle.PreStop.Sleep.Seconds; s != 17 || *pod.TerminationGracePeriodSeconds != 77 {
		t.Errorf("preStop %d s, grace %d s; want 17 and 77", s, *pod.TerminationGracePeriodSeconds)
	}
	svc := tr.service("svc-001")
	if svc.Annotations[hostname] != "svc-001.shop.internal" || svc.Annotations[gateAsked] != "" || len(pod.ReadinessGates) > 0 {
		t.Errorf("without the gate: %v, %v", svc.Annotations, pod.ReadinessGates)
	}
	tr.o.Gate = true
	if svc, d := tr.service("svc-001"), tr.deployment("svc-001"); svc.Annotations[gateAsked] != "true" || len(d.Spec.Template.Spec.ReadinessGates) > 0 {
		t.Errorf("with it, for the webhook: %v, %v", svc.Annotations, d.Spec.Template.Spec.ReadinessGates)
	}
	tr.o.GateInTemplate = true
	if g := tr.deployment("svc-001").Spec.Template.Spec.ReadinessGates; len(g) != 1 || g[0].ConditionType != gate {
		t.Errorf("with it in the template: %v", g)
	}
}

func TestRolledOut(t *testing.T) {
	d := func(observed int64, updated, replicas, available int32) *appsv1.Deployment {
		return &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Generation: 2}, Spec: appsv1.DeploymentSpec{Replicas: new(int32(3))},
			Status: appsv1.DeploymentStatus{ObservedGeneration: observed, UpdatedReplicas: updated, Replicas: replicas, AvailableReplicas: available},
		}
	}
	for name, tt := range map[string]struct {
		d    *appsv1.Deployment
		want bool
	}{
		"not seen yet":      {d(1, 3, 3, 3), false},
		"some are old":      {d(2, 2, 3, 3), false},
		"old ones are left": {d(2, 3, 4, 4), false},
		"not available":     {d(2, 3, 3, 2), false},
		"done":              {d(2, 3, 3, 3), true},
	} {
		if err := rolledOut(tt.d); (err == nil) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPeerAtRest(t *testing.T) {
	for services, want := range map[int]float64{1: 3, 100: 102, 101: 104, 1000: 1011} {
		if got := peerAtRest(services); got != want {
			t.Errorf("%d services: %g calls, want %g", services, got, want)
		}
	}
}
