package fleet

import "github.com/aws/aws-sdk-go-v2/service/ecs/types"

// pods are tasks of several containers.
func pods() []shape {
	return []shape{
		{title: "a proxy that is waited for", define: func(d definition) {
			d.add(types.ContainerDefinition{
				Name: p("envoy"), Image: p("public.ecr.aws/envoy:v1"), Essential: p(true), PortMappings: []types.PortMapping{tcp(9901)}, User: p("1337"),
				HealthCheck: &types.HealthCheck{Command: []string{"CMD", "curl", "-fs", "http://localhost:9901/ready"}, Interval: p(int32(5)), Timeout: p(int32(2)), Retries: p(int32(3)), StartPeriod: p(int32(10))},
			})
			d.app().DependsOn = after("envoy", types.ContainerConditionHealthy)
		}},
		{title: "migrates its database first", role: true, define: func(d definition) {
			one := beside("migrate", "shop/migrate:7")
			one.Command, one.Secrets = []string{"up"}, []types.Secret{secret("DB_PASSWORD", Secret+":password::")}
			d.add(one)
			d.app().DependsOn = after("migrate", types.ContainerConditionSuccess)
		}},
		{title: "logs through FireLens", define: func(d definition) {
			d.add(types.ContainerDefinition{
				Name: p("log_router"), Image: p("public.ecr.aws/aws-observability/aws-for-fluent-bit:stable"), Essential: p(true), MemoryReservation: p(int32(50)),
				FirelensConfiguration: &types.FirelensConfiguration{Type: types.FirelensConfigurationTypeFluentbit, Options: map[string]string{"enable-ecs-log-metadata": "true"}},
				LogConfiguration:      &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{"awslogs-group": "/shop", "awslogs-region": Region, "awslogs-stream-prefix": "router"}},
			})
			d.app().LogConfiguration = &types.LogConfiguration{LogDriver: types.LogDriverAwsfirelens, Options: map[string]string{"Name": "cloudwatch", "region": Region, "log_group_name": "/shop/app"}}
		}},
		{title: "two containers with sizes of their own", define: func(d definition) {
			d.Cpu, d.Memory = p("1024"), p("2048")
			d.app().Cpu, d.app().Memory = 768, p(int32(1536))
			one := beside("agent", "shop/agent:3")
			one.Cpu, one.Memory, one.MemoryReservation = 256, p(int32(512)), p(int32(128))
			d.add(one)
		}},
		{title: "hands files over to a web server", define: func(d definition) {
			d.Volumes = []types.Volume{{Name: p("static_files")}}
			d.app().MountPoints = []types.MountPoint{mount("static_files", "/out", false)}
			one := beside("nginx", "nginx:1")
			one.MountPoints, one.PortMappings = []types.MountPoint{mount("static_files", "/usr/share/nginx/html", true)}, []types.PortMapping{tcp(8081)}
			d.add(one)
		}},
		{title: "a share of EFS, by path and by access point", define: func(d definition) {
			d.Volumes = []types.Volume{
				{Name: p("uploads"), EfsVolumeConfiguration: &types.EFSVolumeConfiguration{FileSystemId: p("fs-0123456789abcdef0"), RootDirectory: p("/uploads"), TransitEncryption: types.EFSTransitEncryptionEnabled}},
				{Name: p("models"), EfsVolumeConfiguration: &types.EFSVolumeConfiguration{
					FileSystemId: p("fs-0123456789abcdef0"), TransitEncryption: types.EFSTransitEncryptionEnabled,
					AuthorizationConfig: &types.EFSAuthorizationConfig{AccessPointId: p("fsap-0123456789abcdef0"), Iam: types.EFSAuthorizationConfigIAMEnabled},
				}},
			}
			d.app().MountPoints = []types.MountPoint{mount("uploads", "/uploads", false), mount("models", "/models", true)}
		}},
		{title: "an agent that is started again, and sees the others", define: func(d definition) {
			d.PidMode = types.PidModeTask
			one := beside("otel", "public.ecr.aws/otel:1")
			one.RestartPolicy = &types.ContainerRestartPolicy{Enabled: p(true), RestartAttemptPeriod: p(int32(120)), IgnoredExitCodes: []int32{0}}
			one.PortMappings = []types.PortMapping{tcp(4317), tcp(4318)}
			d.add(one)
			d.app().Environment = append(d.app().Environment, kv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317"))
		}},
		{title: "volumes of another container", define: func(d definition) {
			d.Volumes = []types.Volume{{Name: p("data")}}
			d.app().MountPoints = []types.MountPoint{mount("data", "/data", false)}
			one := beside("backup", "shop/backup:1")
			one.VolumesFrom = []types.VolumeFrom{{SourceContainer: p("app"), ReadOnly: p(true)}}
			one.DependsOn = after("app", types.ContainerConditionStart)
			d.add(one)
		}},
		{title: "kernel parameters", define: func(d definition) {
			d.app().SystemControls = []types.SystemControl{
				{Namespace: p("net.ipv4.tcp_keepalive_time"), Value: p("60")}, {Namespace: p("net.ipv4.ip_local_port_range"), Value: p("10240 65535")},
			}
			d.app().Ulimits = []types.Ulimit{{Name: types.UlimitNameNofile, SoftLimit: 65535, HardLimit: 65535}}
			d.add(beside("side", "shop/side:1"))
		}},
	}
}
