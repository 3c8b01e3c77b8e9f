package aws

import (
	"context"
	"errors"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// clientCheck is the SDK's own check of required members, which its clients make
// before they send. Here it is made for those that send without one.
type clientCheck struct{ client reflect.Value }

var errChecked = errors.New("lab/aws: checked, not sent")

// checked takes a client made with onlyCheck among its APIOptions.
func checked(client any) *clientCheck { return &clientCheck{reflect.ValueOf(client)} }

// onlyCheck ends a client's call after the check, so that nothing is ever sent.
func onlyCheck(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("onlyCheck",
		func(context.Context, middleware.InitializeInput, middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return middleware.InitializeOutput{}, middleware.Metadata{}, errChecked
		}), middleware.After)
}

// missing are the paths, in wire names, of required members that an input lacks.
func (c *clientCheck) missing(ctx context.Context, op string, in reflect.Value) []string {
	method := c.client.MethodByName(op)
	if !method.IsValid() {
		return nil
	}
	res := method.Call([]reflect.Value{reflect.ValueOf(ctx), in})
	err, _ := res[1].Interface().(error)
	var params smithy.InvalidParamsError
	if !errors.As(err, &params) {
		return nil
	}
	var out []string
	for _, p := range params.Errs() {
		var one smithy.InvalidParamError
		if errors.As(p, &one) {
			out = append(out, apiPath(one.Field()))
		}
	}
	return out
}

var elementIndex = regexp.MustCompile(`\[(\d+)\]`)

// apiPath turns the SDK's path of a member into the one in AWS's messages:
// XInput.Filters[0].Name becomes Filters.1.member.Name.
func apiPath(path string) string {
	if first, rest, ok := strings.Cut(path, "."); ok && strings.HasSuffix(first, "Input") {
		path = rest
	}
	return elementIndex.ReplaceAllStringFunc(path, func(s string) string {
		i, err := strconv.Atoi(s[1 : len(s)-1])
		if err != nil {
			return s
		}
		return "." + strconv.Itoa(i+1) + ".member"
	})
}
