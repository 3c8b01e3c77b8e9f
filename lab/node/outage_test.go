package node

import (
	"errors"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// node is the one node, as the API has it.
func (c *cluster) node() *corev1.Node {
	c.t.Helper()
	n, err := c.client.CoreV1().Nodes().Get(c.t.Context(), NodePrefix+zoneA, metav1.GetOptions{})
	if err != nil {
		c.t.Fatal(err)
	}
	return n
}

func (c *cluster) nodeReady() corev1.ConditionStatus {
	for _, x := range c.node().Status.Conditions {
		if x.Type == corev1.NodeReady {
			return x.Status
		}
	}
	return ""
}

var notReady = []string{"ContainersReady=False ContainersNotReady", "Initialized=True", "PodScheduled=True", "Ready=False ContainersNotReady"}

func TestZoneIsLostAndBack(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		c.create(newPod("a"))
		same(t, "at first", allReady, conditions(c.pod("a")))
		c.told()
		if err := c.agent.LoseZone(zoneA); err != nil {
			t.Fatal(err)
		}
		if err := c.agent.LoseZone(zoneA); err != nil {
			t.Errorf("losing it twice: %v", err)
		}
		after(time.Second)
		// Nobody knows yet but those who call it.
		same(t, "attached", 0, len(c.attachments()))
		same(t, "in the first seconds", allReady, conditions(c.pod("a")))
		c.create(newPod("b"))
		after(defaultNodeGrace)
		same(t, "once it is noticed", notReady, conditions(c.pod("a")))
		same(t, "node", corev1.ConditionUnknown, c.nodeReady())
		same(t, "taint", []string{corev1.TaintNodeUnreachable}, taintKeys(c.node()))
		after(time.Hour)
		same(t, "attached after an hour", 0, len(c.attachments()))

		// A pod that is deleted meanwhile stays until its node can say that it is gone.
		c.create(newPod("c"))
		c.terminate("c", 30)
		after(time.Minute)
		same(t, "c exists", true, c.exists("c"))

		if err := c.agent.RestoreZone(zoneA); err != nil {
			t.Fatal(err)
		}
		after(time.Second)
		same(t, "a is back", allReady, conditions(c.pod("a")))
		same(t, "b starts", allReady, conditions(c.pod("b")))
		same(t, "c exists", false, c.exists("c"))
		same(t, "restarts", int32(1), c.pod("a").Status.ContainerStatuses[0].RestartCount)
		same(t, "node", corev1.ConditionTrue, c.nodeReady())
		same(t, "taint", []string(nil), taintKeys(c.node()))
	})
}

func taintKeys(n *corev1.Node) (keys []string) {
	for _, t := range n.Spec.Taints {
		keys = append(keys, t.Key)
	}
	return keys
}

// A zone that is back before anybody noticed leaves no trace but a restart.
func TestShortOutage(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		c.create(newPod("a"))
		if err := c.agent.LoseZone(zoneA); err != nil {
			t.Fatal(err)
		}
		after(10 * time.Second)
		if err := c.agent.RestoreZone(zoneA); err != nil {
			t.Fatal(err)
		}
		after(2 * defaultNodeGrace)
		same(t, "conditions", allReady, conditions(c.pod("a")))
		same(t, "node", corev1.ConditionTrue, c.nodeReady())
		if d := c.told(); !slices.ContainsFunc(d, func(s string) bool { return s == "0s killed a" }) {
			t.Errorf("diary: %q", d)
		}
	})
}

func TestOutagesThatCannotBe(t *testing.T) {
	inCluster(t, nil, func(c *cluster) {
		if err := c.agent.LoseZone("ap-south-1z"); !errors.Is(err, ErrNoZone) {
			t.Errorf("losing a zone without nodes: %v", err)
		}
		if err := c.agent.RestoreZone("ap-south-1z"); !errors.Is(err, ErrNoZone) {
			t.Errorf("restoring one: %v", err)
		}
		if err := c.agent.RestoreZone(zoneA); err != nil {
			t.Errorf("restoring one that was not lost: %v", err)
		}
		c.stop()
		if err := c.agent.LoseZone(zoneA); !errors.Is(err, ErrAgentEnded) {
			t.Errorf("losing one after the end: %v", err)
		}
	})
}
