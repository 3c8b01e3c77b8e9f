package fleet

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// webs are what most fleets are made of: one container on Fargate behind a name.
func webs() []shape {
	return []shape{
		{title: "plain web service"},
		{title: "web with a health check, scaled by CPU", group: true, role: true, autoscaling: "2:6", define: func(d definition) {
			d.app().HealthCheck = &types.HealthCheck{
				Command: []string{"CMD-SHELL", "curl -fs http://localhost:8080/healthz || exit 1"}, Interval: p(int32(15)), Timeout: p(int32(4)), Retries: p(int32(4)), StartPeriod: p(int32(30)),
			}
		}},
		{title: "behind a load balancer alone", group: true},
		{title: "secrets by key, stage, id and parameter", role: true, define: func(d definition) {
			d.app().Secrets = []types.Secret{
				secret("DATABASE", Secret), secret("DB_USER", Secret+":user::"), secret("DB_PASSWORD", Secret+":password::"),
				secret("OLD_PASSWORD", Secret+":password:AWSPREVIOUS:"), secret("FIRST_PASSWORD", Secret+":password::11111111-2222-3333-4444-555555555555"),
				secret("FLAG", Parameter), secret("FLAG_BY_NAME", "/shop/flag"),
			}
		}},
		{title: "values that templates would eat", define: func(d definition) {
			d.app().Environment = append(d.app().Environment,
				kv("REF", "$(SERVICE)"), kv("DOUBLE", "$$"), kv("ESCAPED", "$$(SERVICE)"), kv("SHELL", "${SERVICE:-x} $SERVICE `date`"),
				kv("HELM", "{{ .Values.x }}"), kv("LINES", "one\ntwo\n"), kv("SPACES", "  x  "), kv("EMPTY", ""), kv("YES", "yes"), kv("NUMBER", "0123"),
				kv("JSON", `{"a": "b\"c"}`), kv("UNICODE", "grüße ☃"), kv("DOTTED.NAME-x", "1"),
			)
			d.app().EntryPoint, d.app().Command = []string{"/bin/sh", "-c"}, []string{"exec app --date=$(date) --x=$(SERVICE) --y=$$(SERVICE) --z=$HOME"}
		}},
		{title: "environment files", define: func(d definition) {
			d.app().EnvironmentFiles = []types.EnvironmentFile{
				{Type: types.EnvironmentFileTypeS3, Value: p(files + "own.env")}, {Type: types.EnvironmentFileTypeS3, Value: p(files + "common.env")},
			}
			d.app().Environment = append(d.app().Environment, kv("LOG_LEVEL", "debug"))
		}},
		{title: "as a user, on a root that is read-only", define: func(d definition) {
			a := d.app()
			a.User, a.ReadonlyRootFilesystem, a.WorkingDirectory = p("1000:2000"), p(true), p("/srv/app")
			a.LinuxParameters = &types.LinuxParameters{
				InitProcessEnabled: p(true), Capabilities: &types.KernelCapabilities{Drop: []string{"ALL"}},
			}
		}},
		{title: "for ARM", define: func(d definition) {
			d.RuntimePlatform = &types.RuntimePlatform{CpuArchitecture: types.CPUArchitectureArm64, OperatingSystemFamily: types.OSFamilyLinux}
		}},
		{title: "gRPC, and a port for metrics", define: func(d definition) {
			d.RuntimePlatform = &types.RuntimePlatform{CpuArchitecture: types.CPUArchitectureX8664, OperatingSystemFamily: types.OSFamilyLinux}
			a := d.app()
			a.PortMappings[0].Name, a.PortMappings[0].AppProtocol = p("grpc"), types.ApplicationProtocolGrpc
			a.PortMappings = append(a.PortMappings, tcp(9090))
		}},
		{title: "long to stop, on Spot", define: func(d definition) { d.app().StopTimeout = p(int32(90)) }, create: func(in *ecs.CreateServiceInput) {
			in.LaunchType = ""
			in.CapacityProviderStrategy = []types.CapacityProviderStrategyItem{
				{CapacityProvider: p("FARGATE"), Base: 1, Weight: 1}, {CapacityProvider: p("FARGATE_SPOT"), Weight: 3},
			}
		}},
		{title: "careful deployments", create: func(in *ecs.CreateServiceInput) {
			in.DeploymentConfiguration = &types.DeploymentConfiguration{
				MinimumHealthyPercent: p(int32(50)), MaximumPercent: p(int32(150)),
				DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true, Rollback: true},
			}
			in.EnableExecuteCommand, in.PropagateTags = true, types.PropagateTagsService
		}},
		{title: "more scratch space, and labels", define: func(d definition) {
			d.EphemeralStorage = &types.EphemeralStorage{SizeInGiB: 50}
			d.app().DockerLabels = map[string]string{"com.example.team": "shop", "traefik.enable": "true"}
			d.Tags = []types.Tag{{Key: p("cost center"), Value: p("4711")}}
		}},
		{title: "an image of a private registry", define: func(d definition) {
			d.app().Image = p("registry.example.com/shop/private:1.2.3")
			d.app().RepositoryCredentials = &types.RepositoryCredentials{CredentialsParameter: p(Pull)}
		}},
	}
}
