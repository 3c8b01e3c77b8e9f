package fleet

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// machines run on instances of EC2.
func machines() []shape {
	return []shape{
		{title: "memory that is a folder", create: ec2, define: func(d definition) {
			d.onEC2()
			d.app().LinuxParameters = &types.LinuxParameters{
				SharedMemorySize: p(int32(256)), Tmpfs: []types.Tmpfs{{ContainerPath: p("/cache"), Size: 128, MountOptions: []string{"rw", "noexec"}}},
			}
		}},
		{title: "a folder of the host", create: ec2, define: func(d definition) {
			d.onEC2()
			d.Volumes = []types.Volume{{Name: p("logs"), Host: &types.HostVolumeProperties{SourcePath: p("/var/log/shop")}}}
			d.app().MountPoints = []types.MountPoint{mount("logs", "/logs", false)}
		}},
		{title: "names of its own in /etc/hosts and a resolver", create: ec2, define: func(d definition) {
			d.onEC2()
			d.app().ExtraHosts = []types.HostEntry{{Hostname: p("legacy.corp"), IpAddress: p("10.9.8.7")}}
			d.app().DnsSearchDomains = []string{"corp.example.com"}
			d.app().DnsServers = []string{"10.0.0.2"}
		}},
		{title: "rights that few have", create: ec2, define: func(d definition) {
			d.onEC2()
			d.app().LinuxParameters = &types.LinuxParameters{Capabilities: &types.KernelCapabilities{Add: []string{"NET_ADMIN", "SYS_PTRACE"}, Drop: []string{"MKNOD"}}}
			d.app().DockerSecurityOptions = []string{"no-new-privileges"}
		}},
		{title: "spread and constrained", create: func(in *ecs.CreateServiceInput) {
			ec2(in)
			in.PlacementStrategy = []types.PlacementStrategy{
				{Type: types.PlacementStrategyTypeSpread, Field: p("attribute:ecs.availability-zone")}, {Type: types.PlacementStrategyTypeBinpack, Field: p("memory")},
			}
		}, define: definition.onEC2},
		{title: "a terminal and a standard input", create: ec2, define: func(d definition) {
			d.onEC2()
			d.app().Interactive, d.app().PseudoTerminal = p(true), p(true)
			d.app().MemoryReservation = nil
		}},
		{title: "an agent on each instance", nameless: true, alone: true, define: func(d definition) {
			d.onEC2()
			d.app().Image, d.app().PortMappings = p("public.ecr.aws/datadog/agent:7"), nil
			d.Volumes = []types.Volume{{Name: p("proc"), Host: &types.HostVolumeProperties{SourcePath: p("/proc")}}}
			d.app().MountPoints = []types.MountPoint{mount("proc", "/host/proc", true)}
		}, create: func(in *ecs.CreateServiceInput) {
			ec2(in)
			in.SchedulingStrategy, in.DesiredCount, in.AvailabilityZoneRebalancing = types.SchedulingStrategyDaemon, nil, ""
			in.DeploymentConfiguration = nil
		}},
		{title: "bridge, with ports of the host's choice", nameless: true, alone: true, define: func(d definition) {
			d.onEC2()
			d.NetworkMode = types.NetworkModeBridge
			d.app().PortMappings[0].HostPort = p(int32(0))
		}, create: func(in *ecs.CreateServiceInput) {
			ec2(in)
			in.NetworkConfiguration = nil
		}},
	}
}
