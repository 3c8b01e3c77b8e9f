package node

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	k8stesting "k8s.io/client-go/testing"

	"github.com/tranship/tranship/lab/node/standin"
)

const zoneA = "ap-south-1a"

// cluster is a fake API server with one agent on one node.
type cluster struct {
	*world
	t      *testing.T
	client *fake.Clientset
	agent  *Agent
	stop   func()
}

// inCluster runs f in a bubble, and fails it if the agent leaves anything behind.
func inCluster(t *testing.T, objects []runtime.Object, f func(c *cluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &cluster{world: newWorld(), t: t, client: fake.NewClientset(objects...)}
		c.run()
		f(c)
		c.stop()
		c.empty(t)
	})
}

func (c *cluster) run() {
	c.t.Helper()
	a, err := New(Config{Client: c.client, Pool: c.world, Fabric: c.world, Nodes: NodesIn(zoneA), Launch: c.launch, OnEvent: c.event})
	if err != nil {
		c.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	synctest.Wait()
	select {
	case <-a.Synced():
	default:
		c.t.Fatal("the agent is not in sync")
	}
	c.agent = a
	c.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			c.t.Error(err)
		}
		c.stop = func() {}
	}
}

type edit func(*corev1.Pod)

func annotated(key, value string) edit {
	return func(p *corev1.Pod) { metav1.SetMetaDataAnnotation(&p.ObjectMeta, key, value) }
}

func newPod(name string, edits ...edit) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID("uid-" + name), Labels: map[string]string{"app": "svc-001"}},
		Spec: corev1.PodSpec{
			NodeName:   NodePrefix + zoneA,
			Containers: []corev1.Container{{Name: "app", Image: "shop/orders:1", Ports: []corev1.ContainerPort{{ContainerPort: 80}}}},
		},
	}
	for _, e := range edits {
		e(p)
	}
	return p
}

func (c *cluster) create(p *corev1.Pod) {
	c.t.Helper()
	if _, err := c.client.CoreV1().Pods(p.Namespace).Create(c.t.Context(), p, metav1.CreateOptions{}); err != nil {
		c.t.Fatal(err)
	}
	synctest.Wait()
}

func (c *cluster) pod(name string) *corev1.Pod {
	c.t.Helper()
	p, err := c.client.CoreV1().Pods("default").Get(c.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		c.t.Fatal(err)
	}
	return p
}

func (c *cluster) exists(name string) bool {
	c.t.Helper()
	_, err := c.client.CoreV1().Pods("default").Get(c.t.Context(), name, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		c.t.Fatal(err)
	}
	return err == nil
}

func (c *cluster) update(name string, e edit) {
	c.t.Helper()
	p := c.pod(name)
	e(p)
	if _, err := c.client.CoreV1().Pods("default").Update(c.t.Context(), p, metav1.UpdateOptions{}); err != nil {
		c.t.Fatal(err)
	}
	synctest.Wait()
}

// terminate does what the API server does for a deletion with a grace period; the fake one has none.
func (c *cluster) terminate(name string, grace int64) {
	c.t.Helper()
	c.update(name, func(p *corev1.Pod) {
		at := metav1.NewTime(time.Now().Add(time.Duration(grace) * time.Second))
		p.DeletionTimestamp, p.DeletionGracePeriodSeconds = &at, &grace
	})
}

// after lets virtual time pass.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// patches counts the status patches so far.
func (c *cluster) patches() int {
	n := 0
	for _, a := range c.client.Actions() {
		if a.Matches("patch", "pods/status") {
			n++
		}
	}
	return n
}

// conditions are the pod's, as "Type=Status reason".
func conditions(p *corev1.Pod) []string {
	var cs []string
	for _, c := range p.Status.Conditions {
		cs = append(cs, strings.TrimSpace(fmt.Sprintf("%s=%s %s", c.Type, c.Status, c.Reason)))
	}
	slices.Sort(cs)
	return cs
}

var allReady = []string{"ContainersReady=True", "Initialized=True", "PodScheduled=True", "Ready=True"}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestNodes(t *testing.T) {
	old := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: NodePrefix + zoneA, Labels: map[string]string{"kept": "yes"}}}
	inCluster(t, []runtime.Object{old}, func(c *cluster) {
		n, err := c.client.CoreV1().Nodes().Get(t.Context(), NodePrefix+zoneA, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		same(t, "labels", []string{zoneA, "ap-south-1", "yes"},
			[]string{n.Labels[corev1.LabelTopologyZone], n.Labels[corev1.LabelTopologyRegion], n.Labels["kept"]})
		same(t, "room", "100000", fmt.Sprint(n.Status.Allocatable.Pods().Value()))
		same(t, "ready", corev1.ConditionTrue, n.Status.Conditions[0].Status)
		same(t, "address", "10.0.0.1", n.Status.Addresses[0].Address)
	})
	same(t, "default zones", []Node{
		{Name: "tranship-lab-node-ap-south-1a", Zone: "ap-south-1a"}, {Name: "tranship-lab-node-ap-south-1b", Zone: "ap-south-1b"}, {Name: "tranship-lab-node-ap-south-1c", Zone: "ap-south-1c"},
	}, DefaultNodes())
}

func TestPodRuns(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		c.create(newPod("a", func(p *corev1.Pod) {
			p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "side", Ports: []corev1.ContainerPort{
				{ContainerPort: 80}, {ContainerPort: 9090}, {ContainerPort: 53, Protocol: corev1.ProtocolUDP}}})
		}))
		c.create(newPod("elsewhere", func(p *corev1.Pod) { p.Spec.NodeName = "another" }))
		c.create(newPod("unbound", func(p *corev1.Pod) { p.Spec.NodeName = "" }))
		s := c.pod("a").Status
		same(t, "addresses", []string{"Running", "10.0.0.2", "10.0.0.2", "10.0.0.1", "10.0.0.1"},
			[]string{string(s.Phase), s.PodIP, s.PodIPs[0].IP, s.HostIP, s.HostIPs[0].IP})
		same(t, "lists", []int{1, 1, 2}, []int{len(s.PodIPs), len(s.HostIPs), len(s.ContainerStatuses)})
		same(t, "conditions", allReady, conditions(c.pod("a")))
		if s.StartTime == nil || !s.ContainerStatuses[0].Ready || s.ContainerStatuses[0].State.Running == nil {
			t.Errorf("status: %+v", s)
		}
		same(t, "attached", map[netip.AddrPort]string{
			netip.MustParseAddrPort("10.0.0.2:80"): "127.0.0.1:40001", netip.MustParseAddrPort("10.0.0.2:9090"): "127.0.0.1:40001",
		}, c.attachments())
		c.update("a", annotated("some", "news"))
		after(time.Hour)
		same(t, "status patches", 1, c.patches())
		same(t, "phase elsewhere", corev1.PodPhase(""), c.pod("elsewhere").Status.Phase)
		same(t, "diary", []string{
			"0s serving 10.0.0.2:80 as eks svc-001 a in ap-south-1a", "0s serving 10.0.0.2:9090 as eks svc-001 a in ap-south-1a",
		}, c.told())
	})
}

func TestReadiness(t *testing.T) {
	gate := func(p *corev1.Pod) {
		p.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: "tranship.dev/registered"}}
	}
	open := func(p *corev1.Pod) {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: "tranship.dev/registered", Status: corev1.ConditionTrue})
	}
	for _, tc := range []struct {
		name          string
		edit, change  edit
		before, after []string
	}{
		{"gate", gate, open,
			[]string{"ContainersReady=True", "Initialized=True", "PodScheduled=True", "Ready=False ReadinessGatesNotReady"},
			append(slices.Clone(allReady), "tranship.dev/registered=True")},
		{"never, then no longer", annotated(ReadyAnnotation, "never"), annotated(ReadyAnnotation, "yes"),
			[]string{"ContainersReady=False ContainersNotReady", "Initialized=True", "PodScheduled=True", "Ready=False ContainersNotReady"}, allReady},
		{"ready, then never", annotated("some", "thing"), annotated(ReadyAnnotation, "never"), allReady,
			[]string{"ContainersReady=False ContainersNotReady", "Initialized=True", "PodScheduled=True", "Ready=False ContainersNotReady"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inCluster(t, nil, func(c *cluster) {
				c.create(newPod("a", tc.edit))
				after(time.Hour)
				same(t, "conditions before", tc.before, conditions(c.pod("a")))
				same(t, "patches before", 1, c.patches())
				same(t, "healthz before", c.pod("a").Status.ContainerStatuses[0].Ready, c.standIns()[0].isReady())
				c.update("a", tc.change)
				same(t, "conditions after", tc.after, conditions(c.pod("a")))
				same(t, "patches after", 2, c.patches())
				same(t, "healthz after", c.pod("a").Status.ContainerStatuses[0].Ready, c.standIns()[0].isReady())
				for _, k := range c.pod("a").Status.Conditions {
					want := c.begin
					if k.Type == corev1.PodReady || (k.Type == corev1.ContainersReady && tc.name != "gate") {
						want = c.begin.Add(time.Hour)
					}
					if !k.LastTransitionTime.IsZero() && !k.LastTransitionTime.Time.Equal(want) {
						t.Errorf("%s moved at %v, want %v", k.Type, k.LastTransitionTime, want)
					}
				}
			})
		})
	}
}

func TestStartDelay(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		c.create(newPod("a", annotated(StartDelayAnnotation, "2s"), annotated(TemperAnnotation, "rude")))
		s := c.pod("a").Status
		same(t, "while it starts", []any{corev1.PodRunning, false, 0}, []any{s.Phase, s.ContainerStatuses[0].Ready, len(c.attachments())})
		after(2 * time.Second)
		same(t, "then", allReady, conditions(c.pod("a")))
		same(t, "temper", standin.Rude, c.standIns()[0].o.Temper)
		same(t, "diary", []string{"2s serving 10.0.0.2:80 as eks svc-001 a in ap-south-1a"}, c.told())

		c.create(newPod("b", annotated(StartDelayAnnotation, "1h")))
		c.terminate("b", 30)
		same(t, "deleted while it started: still there", false, c.exists("b"))
		c.create(newPod("c", annotated(TemperAnnotation, "cross")))
		same(t, "unknown temper", "StartError", c.pod("c").Status.ContainerStatuses[0].State.Waiting.Reason)
	})
}

func TestTermination(t *testing.T) {
	spec := func(grace int64, hook *corev1.LifecycleHandler) edit {
		return func(p *corev1.Pod) {
			p.Spec.TerminationGracePeriodSeconds = &grace
			p.Spec.Containers[0].Lifecycle = &corev1.Lifecycle{PreStop: hook}
		}
	}
	sleeps := func(s int64) *corev1.LifecycleHandler {
		return &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: s}}
	}
	const serving, signalled, closed = "serving 10.0.0.2:80 as eks svc-001 a in ap-south-1a", "signalled 10.0.0.2:80 as eks svc-001 a in ap-south-1a", "closed 10.0.0.2:80 as eks svc-001 a in ap-south-1a"
	for _, tc := range []struct {
		name  string
		edit  edit
		grace int64
		ends  time.Duration
		more  func(c *cluster)
		want  []string
	}{
		{"no hook", spec(30, nil), 30, time.Second, nil,
			[]string{"10s SIGTERM a, 30s to SIGKILL", "10s " + signalled, "11s ended a", "11s " + closed, "11s pod gone"}},
		{"preStop sleeps, grace includes it", spec(30, sleeps(12)), 30, time.Second, nil,
			[]string{"22s SIGTERM a, 18s to SIGKILL", "22s " + signalled, "23s ended a", "23s " + closed, "23s pod gone"}},
		{"exec sleep", spec(30, &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"/bin/sh", "-c", "sleep 3; nginx -s quit"}}}), 30, 0, nil,
			[]string{"13s SIGTERM a, 27s to SIGKILL", "13s " + signalled, "13s ended a", "13s " + closed, "13s pod gone"}},
		{"grace runs out", spec(30, sleeps(12)), 30, time.Hour, nil,
			[]string{"22s SIGTERM a, 18s to SIGKILL", "22s " + signalled, "40s killed a", "40s " + closed, "40s pod gone"}},
		{"preStop longer than grace", spec(5, sleeps(60)), 5, time.Hour, nil,
			[]string{"15s SIGTERM a, 2s to SIGKILL", "15s " + signalled, "17s killed a", "17s " + closed, "17s pod gone"}},
		{"the deletion's own grace", spec(30, sleeps(2)), 4, time.Hour, nil,
			[]string{"12s SIGTERM a, 2s to SIGKILL", "12s " + signalled, "14s killed a", "14s " + closed, "14s pod gone"}},
		{"deleted again with less grace, after SIGTERM", spec(30, sleeps(2)), 30, time.Hour,
			func(c *cluster) { after(5 * time.Second); c.terminate("a", 8) },
			[]string{"12s SIGTERM a, 28s to SIGKILL", "12s " + signalled, "18s killed a", "18s " + closed, "18s pod gone"}},
		{"forced during preStop", spec(30, sleeps(20)), 30, time.Hour,
			func(c *cluster) {
				after(5 * time.Second)
				if err := c.client.CoreV1().Pods("default").Delete(c.t.Context(), "a", metav1.DeleteOptions{}); err != nil {
					c.t.Error(err)
				}
			},
			[]string{"15s pod gone", "15s SIGTERM a, 2s to SIGKILL", "15s " + signalled, "17s killed a", "17s " + closed}},
		{"ends in preStop by itself", spec(30, sleeps(20)), 30, 0,
			func(c *cluster) { after(5 * time.Second); c.standIns()[0].Kill() },
			[]string{"15s killed a", "15s " + closed, "15s pod gone"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inCluster(t, nil, func(c *cluster) {
				c.client.PrependReactor("delete", "pods", func(a k8stesting.Action) (bool, runtime.Object, error) {
					c.note("pod gone")
					return false, nil, nil
				})
				c.ends = tc.ends
				c.create(newPod("a", tc.edit))
				same(t, "at first", []string{"0s " + serving}, c.told())
				patches := c.patches()
				after(10 * time.Second)
				c.terminate("a", tc.grace)
				if tc.more != nil {
					tc.more(c)
				}
				after(time.Hour)
				same(t, "diary", tc.want, c.told())
				same(t, "still there", false, c.exists("a"))
				same(t, "status patches while it ended", 0, c.patches()-patches)
				same(t, "addresses in use", map[netip.Addr]bool{netip.MustParseAddr("10.0.0.1"): true}, c.inUse())
				for _, a := range c.client.Actions() {
					d, ok := a.(k8stesting.DeleteAction)
					if !ok || tc.name == "forced during preStop" {
						continue
					}
					zero, uid := int64(0), types.UID("uid-a")
					same(t, "delete options", metav1.DeleteOptions{GracePeriodSeconds: &zero, Preconditions: &metav1.Preconditions{UID: &uid}}, d.GetDeleteOptions())
				}
			})
		})
	}
}

func TestDeletingRetriesUntilItIsGone(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		failures := 3
		c.client.PrependReactor("delete", "pods", func(k8stesting.Action) (bool, runtime.Object, error) {
			failures--
			return failures >= 0, nil, apierrors.NewInternalError(fmt.Errorf("etcd is away"))
		})
		c.create(newPod("a"))
		c.terminate("a", 30)
		same(t, "still there", true, c.exists("a"))
		after(time.Second + 2*time.Second + 4*time.Second)
		same(t, "still there", false, c.exists("a"))
		same(t, "stand-ins started", 1, len(c.standIns()))
	})
}

func TestStatusPatchIsTriedAgain(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		failures := 2
		c.client.PrependReactor("patch", "pods", func(k8stesting.Action) (bool, runtime.Object, error) {
			failures--
			return failures >= 0, nil, apierrors.NewServerTimeout(corev1.Resource("pods"), "patch", 1)
		})
		c.create(newPod("a"))
		same(t, "phase", corev1.PodPhase(""), c.pod("a").Status.Phase)
		after(3 * time.Second)
		same(t, "conditions", allReady, conditions(c.pod("a")))
		after(time.Hour)
		same(t, "patches", 3, c.patches())
	})
}

func TestLoopbackAddressIsRefused(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		c.mu.Lock()
		c.addrs = []netip.Addr{netip.MustParseAddr("127.0.0.5"), netip.MustParseAddr("169.254.1.1")}
		c.mu.Unlock()
		c.create(newPod("a"))
		s := c.pod("a").Status
		same(t, "at first", []string{"Pending", "", "AddressRefused"}, []string{string(s.Phase), s.PodIP, s.ContainerStatuses[0].State.Waiting.Reason})
		after(3 * time.Second)
		same(t, "then", "10.0.0.2", c.pod("a").Status.PodIP)
		same(t, "conditions", allReady, conditions(c.pod("a")))
	})
}

func TestCrash(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		if err := c.agent.Crash("default", "a"); err == nil {
			t.Error("a pod that isn't there crashed")
		}
		c.create(newPod("a"))
		crash := func() {
			t.Helper()
			if err := c.agent.Crash("default", "a"); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		after(5 * time.Second)
		crash()
		s := c.pod("a").Status
		same(t, "first crash", []any{int32(1), true, int32(137), "10.0.0.2"},
			[]any{s.ContainerStatuses[0].RestartCount, s.ContainerStatuses[0].Ready, s.ContainerStatuses[0].LastTerminationState.Terminated.ExitCode, s.PodIP})
		crash()
		s = c.pod("a").Status
		same(t, "second crash", []any{int32(1), false, "CrashLoopBackOff"},
			[]any{s.ContainerStatuses[0].RestartCount, s.ContainerStatuses[0].Ready, s.ContainerStatuses[0].State.Waiting.Reason})
		same(t, "conditions", "ContainersReady=False ContainersNotReady", conditions(c.pod("a"))[0])
		after(10 * time.Second)
		same(t, "back", []any{int32(2), true}, []any{c.pod("a").Status.ContainerStatuses[0].RestartCount, c.pod("a").Status.ContainerStatuses[0].Ready})
		same(t, "conditions", allReady, conditions(c.pod("a")))
		const addr = " 10.0.0.2:80 as eks svc-001 a in ap-south-1a"
		same(t, "diary", []string{"0s serving" + addr, "5s killed a", "5s closed" + addr, "5s serving" + addr, "5s killed a", "5s closed" + addr, "15s serving" + addr}, c.told())
	})
}

// Ready is told once for each time that the containers become ready, whatever other gates say, and when the API server took it.
func TestReadyIsTold(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		refused := false
		c.client.PrependReactor("patch", "pods", func(k8stesting.Action) (bool, runtime.Object, error) {
			if refused {
				return false, nil, nil
			}
			refused = true
			return true, nil, apierrors.NewInternalError(errors.New("not now"))
		})
		c.create(newPod("a", func(p *corev1.Pod) {
			p.UID = "uid-a"
			p.Spec.ReadinessGates = []corev1.PodReadinessGate{{ConditionType: "tranship.dev/registered"}}
		}))
		after(time.Minute) // the report is tried again
		c.update("a", annotated("some", "news"))
		c.update("a", annotated(ReadyAnnotation, "never"))
		after(time.Minute)
		c.update("a", annotated(ReadyAnnotation, "yes"))
		var told []string
		for _, e := range c.readied {
			told = append(told, fmt.Sprintf("%s %s as %s %s %s in %s, %s", e.At.Sub(c.begin), e.Addr, e.Platform, e.Service, e.Instance, e.Zone, e.UID))
		}
		const who = " 10.0.0.2:80 as eks svc-001 a in ap-south-1a, uid-a"
		same(t, "readied", []string{retryFirst.String() + who, "2m0s" + who}, told)
	})
}

func TestCrashWithoutRestart(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		c.create(newPod("a", func(p *corev1.Pod) { p.Spec.RestartPolicy = corev1.RestartPolicyNever }))
		if err := c.agent.Crash("default", "a"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		same(t, "phase", corev1.PodFailed, c.pod("a").Status.Phase)
		c.terminate("a", 30)
		same(t, "still there", false, c.exists("a"))
	})
}

func TestAgentRestart(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		c.create(newPod("a"))
		c.create(newPod("b"))
		c.terminate("b", 30)
		after(time.Minute)
		c.told()
		patches := c.patches()
		c.stop()
		c.empty(t)
		same(t, "patches while stopping", patches, c.patches())
		same(t, "diary", []string{"60s killed a", "60s closed 10.0.0.2:80 as eks svc-001 a in ap-south-1a"}, c.told())

		c.run()
		s := c.pod("a").Status
		same(t, "status", []any{"10.0.0.5", 1, "10.0.0.4", 1, int32(1), true},
			[]any{s.PodIP, len(s.PodIPs), s.HostIP, len(s.HostIPs), s.ContainerStatuses[0].RestartCount, s.ContainerStatuses[0].Ready})
		same(t, "conditions", allReady, conditions(c.pod("a")))

		c.stop()
		c.terminate("a", 30)
		c.run() // it was deleted while no agent was there
		same(t, "still there", false, c.exists("a"))
	})
}

func TestServiceOf(t *testing.T) {
	yes := true
	owned := func(name, hash string) edit {
		return func(p *corev1.Pod) {
			p.Labels = map[string]string{"pod-template-hash": hash}
			p.OwnerReferences = []metav1.OwnerReference{{Kind: "ReplicaSet", Name: name, Controller: &yes}}
		}
	}
	for want, p := range map[string]*corev1.Pod{
		"svc-001": newPod("a"),
		"orders":  newPod("a", owned("orders-6d4cf56db6", "6d4cf56db6")),
		"db":      newPod("db-0", owned("db", "")),
		"alone":   newPod("alone", func(p *corev1.Pod) { p.Labels = nil }),
	} {
		same(t, "service", want, serviceOf(p))
	}
}

func TestPreStop(t *testing.T) {
	exec := func(c ...string) *corev1.LifecycleHandler {
		return &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: c}}
	}
	for _, tc := range []struct {
		hooks []*corev1.LifecycleHandler
		want  time.Duration
	}{
		{[]*corev1.LifecycleHandler{nil}, 0},
		{[]*corev1.LifecycleHandler{exec("sleep", "5")}, 5 * time.Second},
		{[]*corev1.LifecycleHandler{exec("/bin/sleep", "2.5s")}, 2500 * time.Millisecond},
		{[]*corev1.LifecycleHandler{exec("sh", "-c", "sleep 1m")}, time.Minute},
		{[]*corev1.LifecycleHandler{exec("/bin/bash", "-c", "sleep 7 && true")}, 7 * time.Second},
		{[]*corev1.LifecycleHandler{exec("sleep", "")}, 0},
		{[]*corev1.LifecycleHandler{exec("sleep", "-3")}, 0},
		{[]*corev1.LifecycleHandler{exec("sleep", "NaN")}, 0},
		{[]*corev1.LifecycleHandler{exec("nginx", "-s", "quit")}, 0},
		{[]*corev1.LifecycleHandler{exec()}, 0},
		{[]*corev1.LifecycleHandler{exec("sleep", "5"), {Sleep: &corev1.SleepAction{Seconds: 9}}, exec("sleep", "8")}, 9 * time.Second},
	} {
		p := newPod("a", func(p *corev1.Pod) {
			p.Spec.Containers = nil
			for _, h := range tc.hooks {
				p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Lifecycle: &corev1.Lifecycle{PreStop: h}})
			}
		})
		if got := preStop(p); got != tc.want {
			t.Errorf("%+v: %v, want %v", tc.hooks, got, tc.want)
		}
	}
}
