package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/tranship/tranship/lab/admin"
	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/node"
)

var _ admin.World = (*Lab)(nil)

// startAdmin opens the door through which the lab is looked at and disturbed.
func (l *Lab) startAdmin(ctx context.Context) error {
	token := random(24)
	h, err := admin.NewHandler(admin.Config{World: l, Faults: l.faults, Token: token, Now: time.Now})
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	go func() {
		if err := srv.Serve(ln); err != nil && !errors.Is(err, http.ErrServerClosed) {
			l.fail(fmt.Errorf("admin endpoint: %w", err))
		}
	}()
	l.onDown(srv.Shutdown)
	l.Ready.AdminEndpoint, l.Ready.AdminToken = "http://"+ln.Addr().String(), token
	return nil
}

// State is the lab at this moment.
func (l *Lab) State(ctx context.Context) (admin.State, error) {
	s := admin.State{Timing: l.timing.Name, Rates: l.rates.Name}
	byService := map[string]*admin.Service{}
	for n := range l.Options.Services {
		byService[ServiceName(n+1)] = &admin.Service{Name: ServiceName(n + 1)}
	}
	l.live.do(func(c *cloud.Cloud) {
		for _, t := range c.Tasks() {
			s.Tasks = append(s.Tasks, admin.Task{
				ID: t.ID, Service: t.Service, Zone: t.Zone, Address: t.IP.String(), Status: t.Status, Desired: t.Desired, Healthy: t.Healthy,
			})
			svc := byService[t.Service]
			if svc == nil {
				svc = &admin.Service{Name: t.Service}
				byService[t.Service] = svc
			}
			svc.Tasks++
			if t.Status == "RUNNING" {
				svc.Running++
			}
		}
	})
	for _, svc := range byService {
		s.Services = append(s.Services, *svc)
	}
	slices.SortFunc(s.Services, func(a, b admin.Service) int { return cmp.Compare(a.Name, b.Name) })
	for _, z := range l.zones() {
		s.Zones = append(s.Zones, admin.Zone{Name: z, Lost: l.isLost(z)})
	}
	var err error
	s.Pods, err = l.pods(ctx)
	return s, err
}

// pods are those that the lab's nodes run, by name.
func (l *Lab) pods(ctx context.Context) ([]admin.Pod, error) {
	if l.kube == nil {
		return nil, nil
	}
	list, err := l.kube.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list the pods: %w", err)
	}
	out := make([]admin.Pod, 0, len(list.Items))
	for _, p := range list.Items {
		out = append(out, admin.Pod{
			Namespace: p.Namespace, Name: p.Name, Node: p.Spec.NodeName, Address: p.Status.PodIP,
			Ready: slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
				return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
			}),
		})
	}
	slices.SortFunc(out, func(a, b admin.Pod) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out, nil
}

// KillTask lets the container of an ECS task die.
func (l *Lab) KillTask(_ context.Context, id string) error {
	found := false
	l.live.do(func(c *cloud.Cloud) { found = c.KillTask(id) })
	if !found {
		return fmt.Errorf("task %s does not run: %w", id, admin.ErrNotFound)
	}
	return nil
}

// Pod kills the container of a pod, or has it fail its readiness check.
func (l *Lab) Pod(ctx context.Context, namespace, name string, do admin.PodAct) error {
	if l.kube == nil {
		return fmt.Errorf("pod %s/%s: the lab runs without Kubernetes: %w", namespace, name, admin.ErrNotFound)
	}
	if do == admin.KillPod {
		err := l.agent.Crash(namespace, name)
		if errors.Is(err, node.ErrNoPod) {
			return fmt.Errorf("%w: %w", err, admin.ErrNotFound)
		}
		return err
	}
	value := "null" // takes the annotation away
	if do == admin.UnreadyPod {
		value = `"never"`
	}
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:%s}}}`, node.ReadyAnnotation, value)
	_, err := l.kube.CoreV1().Pods(namespace).Patch(ctx, name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if apierrors.IsNotFound(err) {
		return fmt.Errorf("%w: %w", err, admin.ErrNotFound)
	}
	return err
}

// Zone loses an availability zone with the tasks and the pods in it, or restores it.
func (l *Lab) Zone(_ context.Context, name string, lost bool) error {
	if !slices.Contains(l.zones(), name) {
		return fmt.Errorf("there is no zone %s, only %v: %w", name, l.zones(), admin.ErrNotFound)
	}
	l.mu.Lock()
	l.lost[name] = lost
	l.mu.Unlock()
	l.live.do(func(c *cloud.Cloud) {
		if lost {
			c.LoseZone(name)
		} else {
			c.RestoreZone(name)
		}
	})
	switch {
	case l.agent == nil:
		return nil
	case lost:
		return l.agent.LoseZone(name) //nolint:contextcheck // the outage outlasts the request that asked for it
	}
	return l.agent.RestoreZone(name)
}

func (l *Lab) isLost(zone string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost[zone]
}

// nodeGrace is how long the control plane takes to notice that a node is gone, in
// the lab's timing.
// https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/ (node-monitor-grace-period)
func nodeGrace(t cloud.Timing) time.Duration {
	const aws = 50 * time.Second
	return time.Duration(float64(aws) * float64(t.HealthFlip) / float64(cloud.AWS().HealthFlip))
}
