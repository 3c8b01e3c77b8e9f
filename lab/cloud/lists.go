package cloud

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// self is the RESOURCE_OWNER of what belongs to the caller; here all does.
const self = "SELF"

// conditions are, by the name of a filter, those that may be used with it; the
// first where none is given.
type conditions map[string][]types.FilterCondition

// check holds what a list operation demands of a filter.
func (known conditions) check(name string, condition types.FilterCondition, values []string) error {
	allowed, ok := known[name]
	if !ok {
		return invalid("Unknown filter " + name)
	}
	condition = cmp.Or(condition, allowed[0])
	if !slices.Contains(allowed, condition) {
		return invalid("The filter " + name + " can't be used with the condition " + string(condition) + ".")
	}
	want := "one value"
	switch condition {
	case types.FilterConditionIn:
		if len(values) > 0 {
			return nil
		}
		want = "at least one value"
	case types.FilterConditionBetween:
		if len(values) == 2 {
			return nil
		}
		want = "two values"
	default: // EQ and BEGINS_WITH
		if len(values) == 1 {
			return nil
		}
	}
	return invalid("The filter " + name + " takes " + want + ", not " + strconv.Itoa(len(values)) + ".")
}

// matches applies one filter of a list request to a value.
func matches(condition types.FilterCondition, values []string, v string) bool {
	switch condition {
	case types.FilterConditionBeginsWith:
		return slices.ContainsFunc(values, func(p string) bool { return strings.HasPrefix(v, p) })
	case types.FilterConditionBetween:
		n, err := strconv.ParseFloat(v, 64)
		from, err2 := strconv.ParseFloat(values[0], 64)
		to, err3 := strconv.ParseFloat(values[1], 64)
		return cmp.Or(err, err2, err3) == nil && from <= n && n <= to
	default: // EQ and IN
		return slices.Contains(values, v)
	}
}

// tokenMark begins every token that the model hands out; others are refused.
const tokenMark = "after:"

// page cuts one page out of items sorted by key. The token holds the last key of
// the page before, so it stays good whatever comes and goes.
func page[T any](items []T, key func(T) string, most int, size *int32, token *string) ([]T, *string, error) {
	n := most
	if size != nil {
		if *size < 1 || int(*size) > most {
			return nil, nil, invalid("MaxResults is out of bounds")
		}
		n = int(*size)
	}
	if t := val(token); t != "" {
		b, err := base64.RawURLEncoding.DecodeString(t)
		last, ok := strings.CutPrefix(string(b), tokenMark)
		if err != nil || !ok {
			return nil, nil, invalid("NextToken isn't one that was returned: " + t)
		}
		i, found := slices.BinarySearchFunc(items, last, func(v T, t string) int { return cmp.Compare(key(v), t) })
		if found {
			i++
		}
		items = items[i:]
	}
	if len(items) <= n {
		return items, nil, nil
	}
	return items[:n], ptr(base64.RawURLEncoding.EncodeToString([]byte(tokenMark + key(items[n-1])))), nil
}
