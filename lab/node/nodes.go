package node

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// NodePrefix starts the names of the lab's nodes; the zone follows.
const NodePrefix = "tranship-lab-node-"

// Node is one node to register.
type Node struct {
	Name, Zone string
	Arch       string // amd64, or arm64; "": amd64
}

// DefaultNodes is one node for each of three zones of ap-south-1.
func DefaultNodes() []Node { return NodesIn("ap-south-1a", "ap-south-1b", "ap-south-1c") }

// NodesIn is one node for each zone, named after it.
func NodesIn(zones ...string) []Node {
	var ns []Node
	for _, z := range zones {
		ns = append(ns, Node{Name: NodePrefix + z, Zone: z})
	}
	return ns
}

// ARMNodesIn is one node of the other architecture for each zone.
func ARMNodesIn(zones ...string) []Node {
	var ns []Node
	for _, z := range zones {
		ns = append(ns, Node{Name: NodePrefix + "arm64-" + z, Zone: z, Arch: "arm64"})
	}
	return ns
}

func (n Node) arch() string { return cmp.Or(n.Arch, "amd64") }

// register creates the Node, or takes over the one that an earlier agent left.
func (a *Agent) register(ctx context.Context, n *host) error {
	want := n.object(metav1.NewTime(a.cfg.Clock.Now()))
	_, err := a.cfg.Client.CoreV1().Nodes().Create(ctx, want, metav1.CreateOptions{})
	if err == nil {
		return nil
	}
	if !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("registering node %s: %w", n.Name, err)
	}
	labels, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": want.Labels}})
	if err != nil {
		return fmt.Errorf("taking over node %s: encoding its labels: %w", n.Name, err)
	}
	if _, err := a.cfg.Client.CoreV1().Nodes().Patch(ctx, n.Name, types.StrategicMergePatchType, labels, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("taking over node %s: its labels: %w", n.Name, err)
	}
	old, err := a.cfg.Client.CoreV1().Nodes().Get(ctx, n.Name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("taking over node %s: %w", n.Name, err)
	}
	old.Status = want.Status
	if _, err := a.cfg.Client.CoreV1().Nodes().UpdateStatus(ctx, old, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("taking over node %s: its status: %w", n.Name, err)
	}
	return nil
}

func (n *host) object(now metav1.Time) *corev1.Node {
	room := corev1.ResourceList{
		corev1.ResourcePods:             resource.MustParse("100000"),
		corev1.ResourceCPU:              resource.MustParse("100000"),
		corev1.ResourceMemory:           resource.MustParse("400Ti"),
		corev1.ResourceEphemeralStorage: resource.MustParse("400Ti"),
	}
	condition := func(t corev1.NodeConditionType, s corev1.ConditionStatus, reason, message string) corev1.NodeCondition {
		return corev1.NodeCondition{Type: t, Status: s, Reason: reason, Message: message, LastHeartbeatTime: now, LastTransitionTime: now}
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: n.Name,
			Labels: map[string]string{
				corev1.LabelHostname:       n.Name,
				corev1.LabelTopologyZone:   n.Zone,
				corev1.LabelTopologyRegion: strings.TrimRight(n.Zone, "abcdefgh"),
				corev1.LabelOSStable:       "linux",
				corev1.LabelArchStable:     n.arch(),
			},
		},
		Spec: corev1.NodeSpec{ProviderID: "aws:///" + n.Zone + "/" + n.Name},
		Status: corev1.NodeStatus{
			Capacity: room, Allocatable: room,
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: n.addr.String()},
				{Type: corev1.NodeHostName, Address: n.Name},
			},
			Conditions: []corev1.NodeCondition{
				condition(corev1.NodeReady, corev1.ConditionTrue, "NodeAgentReady", "the lab's node agent runs stand-ins here"),
				condition(corev1.NodeMemoryPressure, corev1.ConditionFalse, "EnoughMemory", ""),
				condition(corev1.NodeDiskPressure, corev1.ConditionFalse, "EnoughDisk", ""),
				condition(corev1.NodePIDPressure, corev1.ConditionFalse, "EnoughProcesses", ""),
			},
			NodeInfo: corev1.NodeSystemInfo{
				OperatingSystem: "linux", Architecture: n.arch(),
				KubeletVersion: "v1.37.2-tranship-lab", ContainerRuntimeVersion: "stand-in://1",
				OSImage: "tranship lab",
			},
		},
	}
}
