package lab

import (
	"fmt"
	"strings"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/tranship/tranship/lab/cloud"
	"github.com/tranship/tranship/lab/estate"
)

// extras are what an ECS service has beside its name, where the options ask for it.
type extras struct{ role, group string }

// ecsTrust lets ECS tasks take a role.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
const ecsTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// balancer is the load balancer that all target groups are behind.
const balancer = "lab"

// beside makes what a service has beside its name.
func (l *Lab) beside(service string, s Shape) (x extras, err error) {
	l.live.do(func(*cloud.Cloud) {
		if l.Options.TaskRoles || s.Role {
			x.role, err = l.estate.IAM().AddRole(estate.Role{
				Name: service + "-task", Description: "the task role of " + service, Trust: ecsTrust,
				Inline: map[string]string{"queue": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sqs:ReceiveMessage","sqs:DeleteMessage"],` +
					`"Resource":"arn:aws:sqs:` + l.Options.Region + ":" + Account + ":" + service + `"}]}`},
			})
		}
		if err == nil && (l.Options.TargetGroups || s.Group) {
			x.group, err = l.addTargetGroup(service)
		}
	})
	return x, err
}

// addTargetGroup puts a target group behind the load balancer, by a rule for the
// service's host name. ECS registers its tasks as it starts them.
func (l *Lab) addTargetGroup(service string) (string, error) {
	api := l.estate.ELB()
	text := func(s string) *string { return &s }
	if l.listener == "" {
		lb, err := api.AddLoadBalancer(elbtypes.LoadBalancer{LoadBalancerName: text(balancer)}, map[string]string{"team": "lab"})
		if err != nil {
			return "", err
		}
		port := int32(80)
		if l.listener, err = api.AddListener(lb, elbtypes.Listener{Port: &port, Protocol: elbtypes.ProtocolEnumHttp, DefaultActions: []elbtypes.Action{{
			Type: elbtypes.ActionTypeEnumFixedResponse, FixedResponseConfig: &elbtypes.FixedResponseActionConfig{StatusCode: text("404")},
		}}}); err != nil {
			return "", err
		}
		l.live.onEffect, l.groups = l.target, map[string]string{}
	}
	port := int32(Port)
	arn, err := api.AddTargetGroup(elbtypes.TargetGroup{
		TargetGroupName: &service, Port: &port, HealthCheckPath: text("/healthz"),
		LoadBalancerArns: []string{l.estate.ELBArn("loadbalancer/app", balancer)},
	}, map[string]string{"service": service})
	if err != nil {
		return "", err
	}
	l.groups[service] = arn
	priority := strings.TrimLeft(service[strings.LastIndexByte(service, '-')+1:], "0")
	return arn, api.AddRule(l.listener, elbtypes.Rule{
		Priority: &priority,
		Conditions: []elbtypes.RuleCondition{{
			Field: text("host-header"), HostHeaderConfig: &elbtypes.HostHeaderConditionConfig{Values: []string{service + ".*"}},
		}},
		Actions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: &arn}},
	})
}

// target registers a task that starts, and deregisters one that stops, in the
// target group of its service, if it has one. The model is locked.
func (l *Lab) target(e cloud.Effect) {
	arn, ok := l.groups[e.Task.Service]
	if !ok {
		return
	}
	var err error
	switch e.Kind {
	case cloud.StartTask:
		err = l.estate.ELB().AddTarget(arn, e.Task.IP.String(), int32(e.Task.Port))
	case cloud.SignalTask:
		err = l.estate.ELB().DrainTarget(arn, e.Task.IP.String(), int32(e.Task.Port))
	case cloud.KillTask:
	}
	if err != nil {
		l.fail(fmt.Errorf("target %s of %s: %w", e.Task.IP, e.Task.Service, err))
	}
}
