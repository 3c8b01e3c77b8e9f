package convert

import (
	"fmt"
	"testing"

	"github.com/tranship/tranship/internal/inventory"
)

// A fleet of 200 services.
func BenchmarkFleet200(b *testing.B) {
	var all []Input
	for i := range 200 {
		in, err := Saved(
			inventory.Document(fmt.Sprintf(`{"serviceName":"service-%d","clusterArn":"c/prod","desiredCount":3,"launchType":"FARGATE","serviceRegistries":[{"registryArn":"r%d"}],
				"networkConfiguration":{"awsvpcConfiguration":{"subnets":["s"],"securityGroups":["sg-1"]}},"loadBalancers":[{"targetGroupArn":"a:targetgroup/x/%d","containerName":"app","containerPort":8080}]}`, i, i, i)),
			inventory.Document(`{"family":"f","cpu":"512","memory":"1024","networkMode":"awsvpc","containerDefinitions":[{"name":"app","image":"i","portMappings":[{"containerPort":8080}],
				"environment":[{"name":"A","value":"b"},{"name":"C","value":"d"}],"secrets":[{"name":"S","valueFrom":"arn:aws:secretsmanager:eu-central-1:123456789012:secret:x-AbCdEf"}]}]}`))
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, in)
	}
	for b.Loop() {
		if out, errs := Fleet(all, Options{}); len(out) != len(all) || errs != nil {
			b.Fatal(errs)
		}
	}
}
