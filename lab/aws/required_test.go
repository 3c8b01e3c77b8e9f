package aws

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// The table of required members against the SDK's own validation: for each
// operation an empty input, and one in which every struct is there and empty.
func TestRequiredAgreesWithSDK(t *testing.T) {
	ecsOps := regexp.MustCompile(`^(Create|Update|Delete|Describe|List)Services?$|Tasks?$|^(Register|Describe)TaskDefinition$|(Tag|Untag|Tags).*Resource$|Cluster$|TaskProtection$`)
	e := serve(t)
	cfg := e.config(t)
	members := 0
	for _, c := range []struct {
		service string
		client  any
		of      *regexp.Regexp
		least   int
	}{
		{"servicediscovery", servicediscovery.NewFromConfig(cfg), regexp.MustCompile(""), 30},
		{"ecs", ecs.NewFromConfig(cfg), ecsOps, 15},
	} {
		svc := serviceOf(t, e, c.service)
		ran := 0
		for _, name := range sortedKeys(svc.operations) {
			if !c.of.MatchString(name) || slices.Contains([]string{"StartTask", "AssociateGatewayWithCluster", "DisassociateGatewayFromCluster"}, name) {
				continue
			}
			ran++
			for _, full := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/%v", c.service, name, full), func(t *testing.T) {
					in := reflect.New(svc.operations[name].in)
					if full {
						hollow(in.Elem())
					}
					got := svc.def.required.missing(newNaming(goName), in.Elem())
					want := invalidParams(t, c.client, name, in)
					members += len(want)
					slices.Sort(got)
					slices.Sort(want)
					if d := cmp.Diff(want, got); d != "" {
						t.Errorf("-SDK +ours:\n%s", d)
					}
				})
			}
		}
		if ran < c.least {
			t.Errorf("only %d operations of %s were held against the SDK", ran, c.service)
		}
	}
	if members < 100 {
		t.Errorf("the SDK missed only %d members in all: the test does not reach its validation", members)
	}
}

// hollow allocates every struct and gives every list of structs one, and sets nothing else.
func hollow(v reflect.Value) {
	switch t := v.Type(); {
	case t == timeType:
	case isStructPointer(t):
		v.Set(reflect.New(t.Elem()))
		hollow(v.Elem())
	case t.Kind() == reflect.Slice && isStruct(t.Elem()):
		v.Set(reflect.MakeSlice(t, 1, 1))
		hollow(v.Index(0))
	case t.Kind() == reflect.Interface:
		f := &filler{rng: rand.New(rand.NewPCG(1, 1)), texts: jsonTexts}
		f.fillInterface(v)
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).IsExported() && t.Field(i).Type != metadataType {
				hollow(v.Field(i))
			}
		}
	}
}

var (
	sdkIndex  = regexp.MustCompile(`\[(\d+)\]`)
	ourMember = regexp.MustCompile(`^(\w+Input)\.`)
)

// invalidParams are the members that the SDK's client misses, in our notation.
func invalidParams(t *testing.T, client any, name string, in reflect.Value) []string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // what passes validation goes nowhere
	res := reflect.ValueOf(client).MethodByName(name).Call([]reflect.Value{reflect.ValueOf(ctx), in})
	err, _ := res[1].Interface().(error)
	var params smithy.InvalidParamsError
	if !errors.As(err, &params) {
		return nil
	}
	var out []string
	for _, p := range params.Errs() {
		var one smithy.InvalidParamError
		if !errors.As(p, &one) {
			t.Fatalf("the SDK refuses the input for another reason: %v", p)
		}
		path := ourMember.ReplaceAllString(one.Field(), "")
		path = sdkIndex.ReplaceAllStringFunc(path, func(s string) string { return ".1.member" })
		out = append(out, path)
	}
	return out
}
