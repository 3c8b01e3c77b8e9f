package cloud

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

// CloudMap has the methods of servicediscovery.Client.
type CloudMap struct{ c *Cloud }

func invalid(message string) error { return &types.InvalidInput{Message: ptr(message)} }

// idOf accepts an id or an ARN.
func idOf(p *string) string {
	s := val(p)
	if strings.HasPrefix(s, "arn:") {
		return s[strings.LastIndexByte(s, '/')+1:]
	}
	return s
}

func (c *Cloud) namespaceBy(id *string) (*namespace, error) {
	want := idOf(id)
	i, ok := slices.BinarySearchFunc(c.namespaces, want, func(n *namespace, id string) int { return cmp.Compare(n.id, id) })
	if !ok {
		return nil, &types.NamespaceNotFound{Message: ptr("Namespace not found: " + want)}
	}
	return c.namespaces[i], nil
}

func (c *Cloud) serviceBy(id *string) (*service, error) {
	if svc := c.services[idOf(id)]; svc != nil {
		return svc, nil
	}
	return nil, &types.ServiceNotFound{Message: ptr("Service not found: " + idOf(id))}
}

// page cuts one page out of items sorted by key. The token is the last key of
// the page before.
func page[T any](items []T, key func(T) string, most int, size *int32, token *string) ([]T, *string, error) {
	n := most
	if size != nil {
		if *size < 1 || int(*size) > most {
			return nil, nil, invalid("MaxResults is out of bounds")
		}
		n = int(*size)
	}
	if t := val(token); t != "" {
		i, found := slices.BinarySearchFunc(items, t, func(v T, t string) int { return cmp.Compare(key(v), t) })
		if found {
			i++
		}
		items = items[i:]
	}
	if len(items) <= n {
		return items, nil, nil
	}
	return items[:n], ptr(key(items[n-1])), nil
}

// matches applies one filter of a list request to a value.
func matches(condition types.FilterCondition, values []string, v string) bool {
	switch condition {
	case types.FilterConditionBeginsWith:
		return slices.ContainsFunc(values, func(p string) bool { return strings.HasPrefix(v, p) })
	case types.FilterConditionBetween:
		return len(values) == 2 && values[0] <= v && v <= values[1]
	default: // EQ and IN
		return slices.Contains(values, v)
	}
}

func tagMap(tags []types.Tag) (map[string]string, error) {
	if len(tags) > 50 {
		return nil, &types.TooManyTagsException{Message: ptr("A resource can have at most 50 tags.")}
	}
	var m map[string]string
	for _, t := range tags {
		if val(t.Key) == "" {
			return nil, invalid("A tag needs a key.")
		}
		if m == nil {
			m = make(map[string]string, len(tags))
		}
		m[*t.Key] = val(t.Value)
	}
	return m, nil
}
