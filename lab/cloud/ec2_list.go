package cloud

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
)

// attributes are what filters can ask of a thing: the name of the filter, and
// the values that the thing has for it.
type attributes map[string][]string

// list is how the things of one Describe… operation are chosen and paged.
type list[T any] struct {
	id      func(T) string
	of      func(T) attributes // has each filter as a key, also for the zero thing
	tags    func(T) []types.Tag
	missing string // error code for an id that is not there
	noun    string // what the error calls such an id
}

func ec2Error(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultClient}
}

// page chooses by ids and filters, and cuts out one page, by id.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html#api-pagination
func (l list[T]) page(things []T, ids []string, filters []types.Filter, size *int32, token *string) ([]T, *string, error) {
	n := 1000
	if size != nil {
		if len(ids) > 0 {
			return nil, nil, ec2Error("InvalidParameterCombination", "The parameter MaxResults cannot be used with the parameter of ids")
		}
		if *size < 5 || *size > 1000 {
			return nil, nil, ec2Error("InvalidParameterValue", "Value ( "+strconv.Itoa(int(*size))+" ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.")
		}
		n = int(*size)
	}
	slices.SortFunc(things, func(a, b T) int { return cmp.Compare(l.id(a), l.id(b)) })
	for _, id := range ids {
		if !slices.ContainsFunc(things, func(t T) bool { return l.id(t) == id }) {
			return nil, nil, ec2Error(l.missing, "The "+l.noun+" '"+id+"' does not exist")
		}
	}
	var zero T
	known := l.of(zero)
	for _, f := range filters {
		name := val(f.Name)
		if _, ok := known[name]; !ok && (l.tags == nil || name != "tag-key" && !strings.HasPrefix(name, "tag:")) {
			return nil, nil, ec2Error("InvalidParameterValue", "The filter '"+name+"' is invalid")
		}
	}
	found := make([]T, 0, len(things))
	for _, t := range things {
		if (len(ids) == 0 || slices.Contains(ids, l.id(t))) && l.passes(t, filters) {
			found = append(found, t)
		}
	}
	if t := val(token); t != "" {
		at, ok := slices.BinarySearchFunc(found, t, func(v T, t string) int { return cmp.Compare(l.id(v), t) })
		if !ok {
			return nil, nil, ec2Error("InvalidNextToken", "The token '"+t+"' is invalid")
		}
		found = found[at+1:]
	}
	if len(found) <= n {
		return found, nil, nil
	}
	return found[:n], ptr(l.id(found[n-1])), nil
}

// passes says whether a thing has, for each filter, at least one of its values.
func (l list[T]) passes(t T, filters []types.Filter) bool {
	has := l.of(t)
	if l.tags != nil {
		for _, tag := range l.tags(t) {
			has["tag-key"] = append(has["tag-key"], val(tag.Key))
			has["tag:"+val(tag.Key)] = append(has["tag:"+val(tag.Key)], val(tag.Value))
		}
	}
	for _, f := range filters {
		if !slices.ContainsFunc(f.Values, func(pattern string) bool {
			return slices.ContainsFunc(has[val(f.Name)], func(v string) bool { return like(pattern, v) })
		}) {
			return false
		}
	}
	return true
}

// like matches a filter's value: * is any text, ? any one character, and a
// backslash takes that away.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
func like(pattern, s string) bool {
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '*':
			for k := 0; k <= len(s); k++ {
				if like(pattern[i+1:], s[k:]) {
					return true
				}
			}
			return false
		case '?':
			if s == "" {
				return false
			}
			s = s[1:]
			continue
		case '\\':
			if i+1 < len(pattern) {
				i++
			}
		}
		if s == "" || s[0] != pattern[i] {
			return false
		}
		s = s[1:]
	}
	return s == ""
}
