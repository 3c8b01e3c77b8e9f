package ecstask

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tranship/tranship/lab/sees"
)

// mounts are a container's, with those of the containers that it takes volumes from.
func (w World) mounts(c types.ContainerDefinition, from []string) ([]sees.Mount, error) {
	if slices.Contains(from, val(c.Name)) {
		return nil, fmt.Errorf("volumesFrom leads back to %s", val(c.Name))
	}
	from = append(from, val(c.Name))
	var out []sees.Mount
	for _, p := range c.MountPoints {
		m := sees.Mount{Path: val(p.ContainerPath), ReadOnly: val(p.ReadOnly)}
		if err := w.volume(val(p.SourceVolume), &m); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	for _, f := range c.VolumesFrom {
		i := slices.IndexFunc(w.Task.ContainerDefinitions, func(o types.ContainerDefinition) bool { return val(o.Name) == val(f.SourceContainer) })
		if i < 0 {
			return nil, fmt.Errorf("volumesFrom: there is no container %s", val(f.SourceContainer))
		}
		more, err := w.mounts(w.Task.ContainerDefinitions[i], from)
		if err != nil {
			return nil, err
		}
		for _, m := range more {
			m.ReadOnly = m.ReadOnly || val(f.ReadOnly)
			out = append(out, m)
		}
	}
	return out, nil
}

// volume fills in what is mounted.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Volume.html
func (w World) volume(name string, m *sees.Mount) error {
	i := slices.IndexFunc(w.Task.Volumes, func(v types.Volume) bool { return val(v.Name) == name })
	if i < 0 {
		return fmt.Errorf("mount %s: there is no volume %s", m.Path, name)
	}
	m.Volume = name
	switch v := w.Task.Volumes[i]; {
	case v.EfsVolumeConfiguration != nil:
		e := v.EfsVolumeConfiguration
		m.Kind, m.Source = "efs", val(e.FileSystemId)
		// With an access point, the root directory is the access point's.
		if a := e.AuthorizationConfig; a != nil && val(a.AccessPointId) != "" {
			m.Source += " at " + val(a.AccessPointId)
		} else if root := strings.TrimRight(val(e.RootDirectory), "/"); root != "" {
			m.Source += " in " + root
		}
	case val(v.ConfiguredAtLaunch):
		m.Kind = "ebs"
	case v.Host != nil && val(v.Host.SourcePath) != "":
		m.Kind, m.Source = "host", val(v.Host.SourcePath)
	case v.DockerVolumeConfiguration != nil && v.DockerVolumeConfiguration.Scope == types.ScopeShared:
		m.Kind, m.Source = "host", "docker volume "+name
	case v.FsxWindowsFileServerVolumeConfiguration != nil:
		f := v.FsxWindowsFileServerVolumeConfiguration
		m.Kind, m.Source = "fsx", val(f.FileSystemId)+" in "+val(f.RootDirectory)
	default:
		m.Kind = "scratch"
	}
	return nil
}

// tmpfs are folders in memory.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tmpfs.html
func tmpfs(c types.ContainerDefinition) []sees.Mount {
	if c.LinuxParameters == nil {
		return nil
	}
	var out []sees.Mount
	for _, t := range c.LinuxParameters.Tmpfs {
		m := sees.Mount{Path: val(t.ContainerPath), Kind: "memory", SizeMiB: int64(t.Size)}
		for _, o := range t.MountOptions {
			if o == "ro" {
				m.ReadOnly = true
			}
			// What a tmpfs is without a word.
			if !slices.Contains([]string{"defaults", "rw", "ro"}, o) {
				m.Options = append(m.Options, o)
			}
		}
		out = append(out, m)
	}
	return out
}

// together fills in what containers have of one another: who is waited for until its
// end runs first, who has the task to itself, and that kernel parameters of the network
// are the task's.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_SystemControl.html
func (w World) together(r *sees.Report) {
	net := map[string]string{}
	for i := range r.Containers {
		for name, how := range r.Containers[i].After {
			if how != sees.Succeeded && how != sees.Completed {
				continue
			}
			for k := range r.Containers {
				if r.Containers[k].Name == name {
					r.Containers[k].Stage = sees.First
				}
			}
		}
		for k, v := range r.Containers[i].Sysctls {
			if strings.HasPrefix(k, "net.") {
				net[k] = v
			}
		}
	}
	w.size(r)
	if w.Task.NetworkMode != types.NetworkModeAwsvpc {
		return
	}
	for i := range r.Containers {
		for k, v := range net {
			put(&r.Containers[i].Sysctls, k, v)
		}
	}
}
