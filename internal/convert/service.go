package convert

import "github.com/tranship/tranship/internal/convert/ledger"

// serviceSteps settle the fields of the service, of its scaling, and what of its task
// definition only the service explains.
var serviceSteps = []func(*conversion){
	(*conversion).schedule,
	(*conversion).scale,
	(*conversion).count,
	(*conversion).rollOut,
	(*conversion).watchRollout,
	(*conversion).deployBy,
	(*conversion).disrupt,
	(*conversion).spread,
	(*conversion).constrain,
	(*conversion).capacity,
	(*conversion).register,
	(*conversion).connect,
	(*conversion).balance,
	(*conversion).publish,
	(*conversion).migration,
	(*conversion).network,
	(*conversion).attach,
	(*conversion).tag,
	(*conversion).lattice,
	(*conversion).last,
}

// of is a field of the service: its own, or that of its PRIMARY deployment, of which
// alone DescribeServices tells some settings.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
func (c *conversion) of(name string) ledger.Node {
	if n := c.service.Field(name); n.Set() {
		return n
	}
	for _, d := range c.service.Field("deployments").Items() {
		if d.Field("status").Text() == "PRIMARY" && d.Field(name).Set() {
			return d.Field(name)
		}
	}
	return ledger.Node{}
}

// last settles what says how things are, and nothing of how they should be.
func (c *conversion) last() {
	for name, why := range map[string]string{
		"createdAt": "a fact of the past", "createdBy": "a fact of the past", "events": "a fact of the past",
		"runningCount": "a fact of the moment", "pendingCount": "a fact of the moment",
		"currentServiceDeployment": "a fact of the moment", "currentServiceRevisions": "a fact of the moment",
		"role":                   "the service-linked role lets ECS, not the pods, reach load balancers",
		"roleArn":                "it lets ECS, not the pods, reach load balancers",
		"clientToken":            "it makes a request unique, and is no setting",
		"platformVersion":        "a version of Fargate's own software",
		"resourceManagementType": "it says who made the load balancer; tranship changes none",
	} {
		c.service.Field(name).Dropped(why)
	}
	c.service.Field("platformFamily").Mapped("spec.template.spec.nodeSelector", "as the task definition's runtimePlatform says")
	c.service.Field("enableExecuteCommand").Mapped("spec.template", "kubectl exec, for whom RBAC allows to create pods/exec")
	c.service.Field("monitoring").Approximated("", "metrics of pods are up to what watches the cluster, such as Container Insights")
	if s := c.service.Field("status"); s.Text() == "ACTIVE" {
		s.Dropped("a fact of the moment")
	} else {
		s.Unsupported("the service is " + s.Text() + ": ECS is deleting it, so look whether it should move at all")
	}
	for _, list := range []string{"deployments", "taskSets"} {
		for _, d := range c.service.Field(list).Items() {
			for _, f := range []string{"serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations"} {
				d.Field(f).Rest().As(c.service.Field(f))
			}
			d.At("fargateEphemeralStorage.kmsKeyId").Unsupported("pods write to the disks of their nodes: have those encrypted with the key, in the launch template or the node class")
			d.Rest().Dropped("what runs at the moment; the service's own settings are what counts")
		}
	}
}
