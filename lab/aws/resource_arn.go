package aws

import (
	"reflect"
	"regexp"
	"strings"
)

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// arns fills a pattern such as arn:aws:eks:{region}:{account}:cluster/{Name} from
// an input. Where the member that stands last is a list, there is one ARN for
// each; where a value is an ARN itself, that is it. nil: a member is not there.
func arns(pattern string, in reflect.Value, region, account string) []string {
	holders := placeholder.FindAllStringSubmatch(pattern, -1)
	last := holders[len(holders)-1][1]
	filled, complete := pattern, true
	for _, h := range holders {
		switch name := h[1]; name {
		case "region":
			filled = strings.ReplaceAll(filled, h[0], region)
		case "account":
			filled = strings.ReplaceAll(filled, h[0], account)
		case last:
		default:
			value := textMember(in, name)
			complete = complete && value != ""
			filled = strings.ReplaceAll(filled, h[0], value)
		}
	}
	if !complete {
		return nil
	}
	var out []string
	for _, value := range texts(in.FieldByName(last)) {
		if strings.HasPrefix(value, "arn:") {
			out = append(out, strings.TrimSuffix(value, ":*"))
			continue
		}
		out = append(out, strings.ReplaceAll(filled, "{"+last+"}", value))
	}
	return out
}
