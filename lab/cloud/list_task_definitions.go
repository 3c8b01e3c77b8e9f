package cloud

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// DeregisterTaskDefinition has the signature of the client's method. What uses
// the revision goes on; nothing new can.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html
func (e *ECS) DeregisterTaskDefinition(ctx context.Context, in *ecs.DeregisterTaskDefinitionInput, _ ...func(*ecs.Options)) (*ecs.DeregisterTaskDefinitionOutput, error) {
	if err := e.enter(ctx, "DeregisterTaskDefinition", in); err != nil {
		return nil, err
	}
	if !strings.Contains(idOf(in.TaskDefinition), ":") {
		return nil, wrong("The revision must be given: " + val(in.TaskDefinition))
	}
	d := e.c.taskDefinition(val(in.TaskDefinition))
	if d == nil {
		return nil, &types.ClientException{Message: ptr("Unable to describe task definition.")}
	}
	if !d.active() {
		return nil, &types.ClientException{Message: ptr("The specified task definition is inactive. You can describe it, but it can't be deregistered again.")}
	}
	d.def.Status, d.def.DeregisteredAt = types.TaskDefinitionStatusInactive, ptr(e.c.now)
	return &ecs.DeregisterTaskDefinitionOutput{TaskDefinition: ptr(d.def)}, nil
}

// ListTaskDefinitions has the signature of the client's method: of one family
// or of all, ACTIVE ones unless it says otherwise, by family and revision.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html
func (e *ECS) ListTaskDefinitions(ctx context.Context, in *ecs.ListTaskDefinitionsInput, _ ...func(*ecs.Options)) (*ecs.ListTaskDefinitionsOutput, error) {
	if err := e.enter(ctx, "ListTaskDefinitions", in); err != nil {
		return nil, err
	}
	status := cmp.Or(in.Status, types.TaskDefinitionStatusActive)
	type row struct{ key, arn string }
	var rows []row
	for _, family := range slices.Sorted(maps.Keys(e.c.taskDefs)) {
		if in.FamilyPrefix != nil && *in.FamilyPrefix != family {
			continue
		}
		for _, d := range e.c.taskDefs[family] {
			if d.def.Status == status {
				rows = append(rows, row{arn: d.arn})
			}
		}
	}
	if in.Sort == types.SortOrderDesc {
		slices.Reverse(rows)
	}
	for i := range rows {
		rows[i].key = fmt.Sprintf("%06d", i)
	}
	if in.MaxResults != nil && (*in.MaxResults < 1 || *in.MaxResults > 100) {
		return nil, wrong("MaxResults is out of bounds.")
	}
	rows, token, err := page(rows, func(r row) string { return r.key }, 100, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, wrong(err.Error())
	}
	out := &ecs.ListTaskDefinitionsOutput{TaskDefinitionArns: []string{}, NextToken: token}
	for _, r := range rows {
		out.TaskDefinitionArns = append(out.TaskDefinitionArns, r.arn)
	}
	return out, nil
}

// ListTaskDefinitionFamilies has the signature of the client's method. A family
// is ACTIVE while one of its revisions is; without a status all are listed.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitionFamilies.html
func (e *ECS) ListTaskDefinitionFamilies(ctx context.Context, in *ecs.ListTaskDefinitionFamiliesInput, _ ...func(*ecs.Options)) (*ecs.ListTaskDefinitionFamiliesOutput, error) {
	if err := e.enter(ctx, "ListTaskDefinitionFamilies", in); err != nil {
		return nil, err
	}
	var families []string
	for family, all := range e.c.taskDefs {
		active := slices.ContainsFunc(all, (*taskDefinition).active)
		switch {
		case in.Status == types.TaskDefinitionFamilyStatusActive && !active,
			in.Status == types.TaskDefinitionFamilyStatusInactive && active,
			!strings.HasPrefix(family, val(in.FamilyPrefix)):
			continue
		}
		families = append(families, family)
	}
	families, token, err := ecsPage(families, 100, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &ecs.ListTaskDefinitionFamiliesOutput{Families: families, NextToken: token}, nil
}
