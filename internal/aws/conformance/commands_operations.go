package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	sd "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// getOperation asks for the latest operation, or for the one that is named.
func (s *Session) getOperation(ctx context.Context) (string, error) {
	in := &sd.GetOperationInput{OperationId: ptr(s.last), OwnerAccount: s.given("owner")}
	for _, a := range s.c.Args {
		if len(a.Values) == 0 && a.Key != "targets" {
			in.OperationId = ptr(s.ID(a.Key))
		}
	}
	out, err := s.api.GetOperation(ctx, in)
	if err != nil {
		return "", err
	}
	o := out.Operation
	line := string(o.Type) + " " + string(o.Status)
	if o.ErrorCode != nil {
		line += " " + *o.ErrorCode
	}
	if s.c.Has("targets") {
		line += sorted(o.Targets)
	}
	return line + "\n", nil
}

// listOperations lists them oldest first: all there are, or on an account with
// others those of this case. status= and filter= choose.
func (s *Session) listOperations(ctx context.Context) (string, error) {
	in := &sd.ListOperationsInput{MaxResults: s.most("page"), NextToken: s.given("token")}
	if v := s.arg("status", ""); v != "" {
		in.Filters = append(in.Filters, types.OperationFilter{Name: types.OperationFilterNameStatus, Values: []string{v}})
	}
	s.filters(func(name, condition string, values []string) {
		in.Filters = append(in.Filters, types.OperationFilter{
			Name: types.OperationFilterName(name), Condition: types.FilterCondition(condition), Values: values,
		})
	})
	type line struct {
		nth  int
		text string
	}
	var lines []line
	for first := true; first || in.NextToken != nil; first = false {
		page, err := s.api.ListOperations(ctx, in)
		if err != nil {
			return "", err
		}
		for _, o := range page.Operations {
			if s.o.Fixture == nil {
				s.Name(text(o.Id), "op")
			}
			if nth := slices.Index(s.order, text(o.Id)); nth >= 0 {
				lines = append(lines, line{nth, text(o.Id) + " " + string(o.Status) + "\n"})
			}
		}
		in.NextToken = page.NextToken
	}
	slices.SortStableFunc(lines, func(a, b line) int { return a.nth - b.nth })
	if s.c.Has("count") {
		return fmt.Sprintf("%d operations\n", len(lines)), nil
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text)
	}
	return b.String(), nil
}
