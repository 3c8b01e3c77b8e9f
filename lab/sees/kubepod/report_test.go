package kubepod

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/tranship/tranship/lab/sees"
)

func p[T any](v T) *T { return &v }

func env(name, value string) corev1.EnvVar { return corev1.EnvVar{Name: name, Value: value} }

func quantities(kv ...string) corev1.ResourceList {
	out := corev1.ResourceList{}
	for i := 0; i < len(kv); i += 2 {
		out[corev1.ResourceName(kv[i])] = resource.MustParse(kv[i+1])
	}
	return out
}

func cluster(pod *corev1.Pod) World {
	return World{
		Pod: pod,
		ConfigMap: func(name string) (*corev1.ConfigMap, error) {
			data := map[string]map[string]string{"first": {"A": "1", "B": "2"}, "second": {"B": "3", "C": "4"}}[name]
			if data == nil {
				return nil, nil
			}
			return &corev1.ConfigMap{Data: data}, nil
		},
		Secret: func(name string) (*corev1.Secret, error) {
			if name != "orders" {
				return nil, nil
			}
			return &corev1.Secret{Data: map[string][]byte{"key": []byte("hush")}}, nil
		},
		Volume: func(claim string) (*corev1.PersistentVolume, error) {
			csi := func(handle string) *corev1.PersistentVolume {
				return &corev1.PersistentVolume{Spec: corev1.PersistentVolumeSpec{PersistentVolumeSource: corev1.PersistentVolumeSource{
					CSI: &corev1.CSIPersistentVolumeSource{Driver: "efs.csi.aws.com", VolumeHandle: handle}}}}
			}
			return map[string]*corev1.PersistentVolume{"path": csi("fs-1:/a/"), "point": csi("fs-1::fsap-1"), "plain": csi("fs-1")}[claim], nil
		},
		Services: []corev1.Service{
			{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "kubernetes"}, Spec: corev1.ServiceSpec{ClusterIP: "172.20.0.1", Ports: []corev1.ServicePort{{Name: "https", Port: 443}}}},
			{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "data-base"}, Spec: corev1.ServiceSpec{ClusterIP: "172.20.0.9", Ports: []corev1.ServicePort{{Port: 5432}}}},
			{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "headless"}, Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Ports: []corev1.ServicePort{{Port: 80}}}},
		},
	}
}

func TestWhatAContainerSees(t *testing.T) {
	type (
		spec      = corev1.PodSpec
		container = corev1.Container
	)
	for _, tt := range []struct {
		name string
		edit func(*spec, *container)
		want map[string]string // of its aspects; "": not there
	}{
		{"defaults", func(*spec, *container) {}, map[string]string{
			"stop": "30", "sharedMemory": "64", "stage": "along", "cpu.most": "", "given.KUBERNETES_SERVICE_HOST": "172.20.0.1",
			"environment.DATA_BASE_PORT_5432_TCP": "tcp://172.20.0.9:5432", "environment.HEADLESS_SERVICE_HOST": "",
		}},
		{"no service links", func(s *spec, _ *container) { s.EnableServiceLinks = p(false) },
			map[string]string{"environment.DATA_BASE_SERVICE_HOST": "", "given.KUBERNETES_SERVICE_PORT_HTTPS": "443"}},
		{"variables refer to those before them", func(_ *spec, c *container) {
			c.Env = []corev1.EnvVar{env("A", "x"), env("B", "$(A)-$(LATER)-$$(A)-$A-$(A"), env("LATER", "y"), env("C", "$(DATA_BASE_SERVICE_PORT)")}
			c.Command, c.Args = []string{"run", "$(A)"}, []string{"$$(A)", "$(LATER)", "$(NOBODY)", "$(date)"}
		}, map[string]string{
			"environment.B": "x-$(LATER)-$(A)-$A-$(A", "environment.C": "5432",
			"entryPoint": `["run","x"]`, "arguments": `["$(A)","y","$(NOBODY)","$(date)"]`,
		}},
		{"a later source wins, and env over all", func(_ *spec, c *container) {
			from := func(name, prefix string) corev1.EnvFromSource {
				return corev1.EnvFromSource{Prefix: prefix, ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}
			}
			c.EnvFrom = []corev1.EnvFromSource{from("first", ""), from("second", ""), from("second", "P_")}
			c.Env = []corev1.EnvVar{env("C", "own $(A)")}
		}, map[string]string{"environment.A": "1", "environment.B": "3", "environment.C": "own 1", "environment.P_C": "4"}},
		{"sources of values", func(_ *spec, c *container) {
			c.Resources.Limits = quantities("memory", "1Gi", "cpu", "1500m")
			c.Env = []corev1.EnvVar{
				{Name: "S", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "orders"}, Key: "key"}}},
				{Name: "NONE", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "gone"}, Key: "key", Optional: p(true)}}},
				{Name: "NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
				{Name: "LABEL", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.labels['app.kubernetes.io/name']"}}},
				{Name: "MI", ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.memory", Divisor: resource.MustParse("1Mi")}}},
				{Name: "CPUS", ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.cpu"}}},
			}
		}, map[string]string{
			"environment.S": "hush", "environment.NONE": "", "environment.NAME": "orders-1", "environment.LABEL": "orders",
			"environment.MI": "1024", "environment.CPUS": "2",
		}},
		{"resources", func(_ *spec, c *container) {
			c.Resources = corev1.ResourceRequirements{Requests: quantities("cpu", "250m"), Limits: quantities("cpu", "1", "memory", "512Mi", "nvidia.com/gpu", "2")}
		}, map[string]string{"cpu.least": "250", "cpu.most": "1000", "memory.least": "512", "memory.most": "512", "gpus": "2"}},
		{"the pod's limit ends a container's", func(s *spec, c *container) {
			s.Resources = &corev1.ResourceRequirements{Limits: quantities("cpu", "500m", "memory", "1Gi")}
			c.Resources.Limits = quantities("memory", "2Gi")
		}, map[string]string{"cpu.least": "500", "cpu.most": "500", "memory.most": "1024"}},
		{"the container's word counts before the pod's", func(s *spec, c *container) {
			s.SecurityContext = &corev1.PodSecurityContext{RunAsUser: p(int64(1)), RunAsGroup: p(int64(2)), Sysctls: []corev1.Sysctl{{Name: "net.core.somaxconn", Value: "9"}}}
			c.SecurityContext = &corev1.SecurityContext{
				RunAsUser: p(int64(1000)), ReadOnlyRootFilesystem: p(true), AllowPrivilegeEscalation: p(false), Privileged: p(false),
				Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"NET_ADMIN"}, Drop: []corev1.Capability{"ALL"}},
			}
		}, map[string]string{
			"user": "1000", "group": "2", "readOnlyRoot": "yes", "noNewPrivileges": "yes", "privileged": "",
			"capability.NET_ADMIN": "added", "capability.ALL": "dropped", "sysctl.net.core.somaxconn": "9",
		}},
		{"mounts", func(s *spec, c *container) {
			claim := func(name string) corev1.Volume {
				return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: name}}}
			}
			memory := func(size string) *corev1.EmptyDirVolumeSource {
				return &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory, SizeLimit: p(resource.MustParse(size))}
			}
			s.Volumes = []corev1.Volume{
				{Name: "s", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}},
				{Name: "m", VolumeSource: corev1.VolumeSource{EmptyDir: memory("32Mi")}},
				{Name: "shm", VolumeSource: corev1.VolumeSource{EmptyDir: memory("256Mi")}},
				{Name: "h", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/var/x"}}},
				claim("path"), claim("point"), claim("plain"),
			}
			c.VolumeMounts = []corev1.VolumeMount{
				{Name: "s", MountPath: "/s"}, {Name: "m", MountPath: "/m", ReadOnly: true}, {Name: "shm", MountPath: "/dev/shm"}, {Name: "h", MountPath: "/h"},
				{Name: "path", MountPath: "/e"}, {Name: "point", MountPath: "/p"}, {Name: "plain", MountPath: "/sub", SubPath: "deep"},
			}
		}, map[string]string{
			"mount./s": "scratch", "mount./m": "memory of 32 MiB, read-only", "sharedMemory": "256", "mount./dev/shm": "", "mount./h": "host /var/x",
			"mount./e": "efs fs-1 in /a", "mount./p": "efs fs-1 at fsap-1", "mount./sub": "efs fs-1/deep",
		}},
		{"probes", func(_ *spec, c *container) {
			c.Env = []corev1.EnvVar{env("PORT", "80")}
			c.LivenessProbe = &corev1.Probe{
				ProbeHandler:  corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: []string{"/bin/sh", "-c", "curl :$(PORT) $$(date) $(date)"}}},
				PeriodSeconds: 30, TimeoutSeconds: 5,
			}
			c.StartupProbe = &corev1.Probe{PeriodSeconds: 30, FailureThreshold: 5}
		}, map[string]string{
			"health.command": `["/bin/sh","-c","curl :80 $(date) $(date)"]`, "health.interval": "30", "health.timeout": "5", "health.retries": "3", "health.givenUp": "120",
		}},
		{"a probe over the network", func(_ *spec, c *container) {
			c.LivenessProbe = &corev1.Probe{InitialDelaySeconds: 7, ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromString("web"), Path: "/up"}}}
		}, map[string]string{"health.command": `["http","web","/up"]`, "health.interval": "10", "health.timeout": "1", "health.retries": "3", "health.givenUp": "27"}},
		{"the grace period begins before preStop", func(s *spec, c *container) {
			s.TerminationGracePeriodSeconds = p(int64(90))
			c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 60}}}
		}, map[string]string{"stop": "30"}},
		{"and may be used up by it", func(_ *spec, c *container) {
			c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: &corev1.SleepAction{Seconds: 60}}}
		}, map[string]string{"stop": "2"}},
		{"names and resolvers", func(s *spec, _ *container) {
			s.HostAliases = []corev1.HostAlias{{IP: "10.0.0.9", Hostnames: []string{"a", "b"}}}
			s.DNSConfig = &corev1.PodDNSConfig{Nameservers: []string{"10.0.0.2"}, Searches: []string{"corp"}}
		}, map[string]string{"host.a": "10.0.0.9", "host.b": "10.0.0.9", "dns.servers": `["10.0.0.2"]`, "dns.searches": `["corp"]`}},
		{"those before it", func(s *spec, _ *container) {
			always := corev1.ContainerRestartPolicyAlways
			s.InitContainers = []container{
				{Name: "migrate"}, {Name: "proxy", RestartPolicy: &always},
				{Name: "agent", RestartPolicy: &always, StartupProbe: &corev1.Probe{}},
			}
		}, map[string]string{"after.migrate": "SUCCESS", "after.proxy": "START", "after.agent": "HEALTHY"}},
	} {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "orders-1", Labels: map[string]string{"app.kubernetes.io/name": "orders"}},
			Spec:       corev1.PodSpec{},
		}
		c := corev1.Container{Name: "app", Image: "shop/orders:1"}
		tt.edit(&pod.Spec, &c)
		pod.Spec.Containers = append(pod.Spec.Containers, c)
		r, err := cluster(pod).Report()
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		got := map[string]string{}
		for _, c := range r.Containers {
			if c.Name == "app" {
				for k := range tt.want {
					got[k] = c.Aspects()[k]
				}
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// What is neither there nor optional keeps a pod from starting.
func TestMissing(t *testing.T) {
	ref := corev1.LocalObjectReference{Name: "gone"}
	for say, c := range map[string]corev1.Container{
		"ConfigMap gone":               {EnvFrom: []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: ref}}}},
		"Secret gone":                  {Env: []corev1.EnvVar{{Name: "A", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: ref}}}}},
		"key other of Secret orders":   {Env: []corev1.EnvVar{{Name: "A", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: "orders"}, Key: "other"}}}}},
		"volume v":                     {VolumeMounts: []corev1.VolumeMount{{Name: "v", MountPath: "/v"}}},
		"what claim c is bound to":     {VolumeMounts: []corev1.VolumeMount{{Name: "claim", MountPath: "/v"}}},
		"mount /conf: ConfigMap gone ": {VolumeMounts: []corev1.VolumeMount{{Name: "conf", MountPath: "/conf"}}},
	} {
		pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{c}, Volumes: []corev1.Volume{
			{Name: "claim", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "c"}}},
			{Name: "conf", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: ref}}},
		}}}
		if _, err := cluster(pod).Report(); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), say) {
			t.Errorf("%v, want %q", err, say)
		}
	}
	wrong := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Env: []corev1.EnvVar{{Name: "A", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "spec.colour"}}}}}}}}
	if _, err := cluster(wrong).Report(); err == nil || errors.Is(err, ErrMissing) {
		t.Errorf("a field that the downward API does not have: %v", err)
	}
}

func TestWhatThePodSees(t *testing.T) {
	sides := corev1.ContainerRestartPolicyAlways
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		NodeSelector: map[string]string{corev1.LabelArchStable: "arm64"}, ShareProcessNamespace: p(true), Hostname: "h", DNSPolicy: corev1.DNSDefault,
		ServiceAccountName: "orders",
		InitContainers: []corev1.Container{
			{Name: "first", Resources: corev1.ResourceRequirements{Limits: quantities("cpu", "4")}},
			{Name: "side", RestartPolicy: &sides, Resources: corev1.ResourceRequirements{Limits: quantities("cpu", "100m", "memory", "128Mi")}},
		},
		Containers: []corev1.Container{{Name: "app", Resources: corev1.ResourceRequirements{
			Limits: quantities("memory", "512Mi"), Requests: quantities("cpu", "150m", "ephemeral-storage", "20Gi")}}},
	}}
	r, err := cluster(pod).Report()
	if err != nil {
		t.Fatal(err)
	}
	want := sees.Whole{
		CPU: sees.Amount{Least: 250}, Memory: sees.Amount{Least: 640, Most: 640}, Storage: 20480, Architecture: "arm64", OS: "linux",
		Processes: "together", IPC: "together", Network: "own", Identity: "service account orders", Hostname: "h", Resolver: "vpc",
	}
	if diff := cmp.Diff(want, r.Whole); diff != "" {
		t.Error(diff)
	}
	pod.Spec.NodeSelector = nil
	pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
		{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelArchStable, Operator: corev1.NodeSelectorOpIn, Values: []string{"amd64"}}}},
	}}}}
	w := cluster(pod)
	w.Account = &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{"eks.amazonaws.com/role-arn": "arn:x"}}}
	w.Identity = map[string]string{"AWS_REGION": "eu-west-1"}
	if r, err = w.Report(); err != nil || r.Whole.Architecture != "amd64" || r.Whole.Identity != "arn:x" || r.Containers[0].Given["AWS_REGION"] != "eu-west-1" {
		t.Errorf("%+v %v", r, err)
	}
}
