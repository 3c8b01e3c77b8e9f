package cloud

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// operationFilters are the conditions that each filter of ListOperations knows.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_OperationFilter.html
var operationFilters = conditions{
	string(types.OperationFilterNameNamespaceId): {types.FilterConditionEq},
	string(types.OperationFilterNameServiceId):   {types.FilterConditionEq},
	string(types.OperationFilterNameStatus):      {types.FilterConditionEq, types.FilterConditionIn},
	string(types.OperationFilterNameType):        {types.FilterConditionEq, types.FilterConditionIn},
	string(types.OperationFilterNameUpdateDate):  {types.FilterConditionBetween},
}

// filtered is the value of an operation that a filter looks at.
func (c *Cloud) filtered(o *operation, name types.OperationFilterName) string {
	switch name {
	case types.OperationFilterNameNamespaceId:
		return o.namespace
	case types.OperationFilterNameServiceId:
		return o.service
	case types.OperationFilterNameStatus:
		return string(o.status(c.now))
	case types.OperationFilterNameType:
		return string(o.kind)
	}
	// UPDATE_DATE, in seconds since 1970, to the millisecond.
	return strconv.FormatFloat(float64(o.updated.UnixMilli())/1000, 'f', 3, 64)
}

// place is where an operation stands among all, for the tokens of pages.
func (o *operation) place() string { return fmt.Sprintf("%016d", o.nth) }

// ListOperations has the signature of the client's method. Operations come
// oldest first; a page is cut first and filtered then.
func (m *CloudMap) ListOperations(ctx context.Context, in *servicediscovery.ListOperationsInput, _ ...func(*servicediscovery.Options)) (*servicediscovery.ListOperationsOutput, error) {
	if err := m.enter(ctx, "ListOperations", in); err != nil {
		return nil, err
	}
	for _, f := range in.Filters {
		if err := operationFilters.check(string(f.Name), f.Condition, f.Values); err != nil {
			return nil, err
		}
	}
	found, token, err := page(m.c.opOrder, (*operation).place, 100, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &servicediscovery.ListOperationsOutput{NextToken: token, Operations: make([]types.OperationSummary, 0, len(found))}
next:
	for _, o := range found {
		for _, f := range in.Filters {
			condition := f.Condition
			if f.Name == types.OperationFilterNameUpdateDate {
				condition = types.FilterConditionBetween
			}
			if !matches(condition, f.Values, m.c.filtered(o, f.Name)) {
				continue next
			}
		}
		out.Operations = append(out.Operations, types.OperationSummary{Id: ptr(o.id), Status: o.status(m.c.now)})
	}
	return out, nil
}
