package node

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/lab/sees/kubepod"
)

// sees is what the pod's containers see, for its stand-in to print. Errors:
// kubepod.ErrMissing where a kubelet would wait.
func (w *worker) sees(pod *corev1.Pod) ([]byte, error) {
	if !w.a.cfg.Sees {
		return nil, nil
	}
	pod = pod.DeepCopy()
	pod.Status.PodIP, pod.Status.HostIP = w.addr.String(), w.host.addr.String()
	world, err := w.world(w.live, pod)
	if err != nil {
		return nil, err
	}
	r, err := world.Report()
	if err != nil {
		return nil, err
	}
	return r.JSON()
}

// startReason is what a kubelet says of a container that does not start.
func startReason(err error) string {
	if errors.Is(err, kubepod.ErrMissing) {
		return "CreateContainerConfigError"
	}
	return "StartError"
}

// world is the pod with what a kubelet looks up for it.
func (w *worker) world(ctx context.Context, pod *corev1.Pod) (kubepod.World, error) {
	api := w.a.cfg.Client.CoreV1()
	out := kubepod.World{
		Pod: pod,
		ConfigMap: func(name string) (*corev1.ConfigMap, error) {
			return found(api.ConfigMaps(pod.Namespace).Get(ctx, name, metav1.GetOptions{}))
		},
		Secret: func(name string) (*corev1.Secret, error) {
			return found(api.Secrets(pod.Namespace).Get(ctx, name, metav1.GetOptions{}))
		},
		Volume: func(claim string) (*corev1.PersistentVolume, error) {
			c, err := found(api.PersistentVolumeClaims(pod.Namespace).Get(ctx, claim, metav1.GetOptions{}))
			if c == nil || err != nil || c.Spec.VolumeName == "" {
				return nil, err
			}
			return found(api.PersistentVolumes().Get(ctx, c.Spec.VolumeName, metav1.GetOptions{}))
		},
	}
	for _, ns := range []string{pod.Namespace, metav1.NamespaceDefault} {
		list, err := api.Services(ns).List(ctx, metav1.ListOptions{})
		if err != nil {
			return out, fmt.Errorf("the Services that a pod is told of: %w", err)
		}
		for _, s := range list.Items {
			if ns == pod.Namespace || s.Name == "kubernetes" {
				out.Services = append(out.Services, s)
			}
		}
		if pod.Namespace == metav1.NamespaceDefault {
			break
		}
	}
	if name := pod.Spec.ServiceAccountName; name != "" {
		a, err := found(api.ServiceAccounts(pod.Namespace).Get(ctx, name, metav1.GetOptions{}))
		if err != nil {
			return out, err
		}
		if a == nil {
			// The API server itself refuses such a pod, but for the lab's, which leaves that out.
			return out, fmt.Errorf("ServiceAccount %s %w", name, kubepod.ErrMissing)
		}
		out.Account = a
	}
	return out, nil
}

// found turns what is not there into nil.
func found[T any](o *T, err error) (*T, error) {
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return o, err
}
