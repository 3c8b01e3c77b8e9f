package aws

import (
	"fmt"
	"reflect"
	"time"
)

// definition is what is known of a service beside its Go types: how it is
// spoken, and what the types do not say.
type definition struct {
	wire wire
	in   *naming // member names of inputs
	out  *naming // member names of outputs and errors

	interfaces interfaces // what may stand in an interface member
	required   required   // members that must be given
	invalid    string     // error code for an input that lacks one
	resources  map[string]resourceRule
}

// definitions are the services by name. Target prefixes, versions and XML
// namespaces are those of the services' API models, which
// https://github.com/aws/api-models-aws publishes.
var definitions = map[string]*definition{
	"servicediscovery": cloudMapDefinition(),
	"ecs":              ecsDefinition(),
	"sts": {
		wire: &xmlWire{version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/", item: "member"},
		in:   newNaming(goName), out: newNaming(goName),
	},
	"ec2": {
		wire: &xmlWire{version: "2016-11-15", namespace: "http://ec2.amazonaws.com/doc/2016-11-15/", item: "item", ec2: true},
		in:   newNaming(ec2InputName), out: newNaming(ec2OutputName),
	},
}

func cloudMapDefinition() *definition {
	names := newNaming(goName)
	return &definition{
		wire: &jsonWire{target: "Route53AutoNaming_v20170314"},
		in:   names, out: names,
		required:  cloudMapRequired(),
		invalid:   "InvalidInput",
		resources: cloudMapResources,
	}
}

func ecsDefinition() *definition {
	names := newNaming(lowerFirstName)
	return &definition{
		wire: &jsonWire{target: "AmazonEC2ContainerServiceV20141113"},
		in:   names, out: names,
		interfaces: ecsInterfaces(),
		required:   ecsRequired(),
		invalid:    "InvalidParameterException",
		resources:  ecsResources,
	}
}

var (
	timeType  = reflect.TypeFor[time.Time]()
	bytesType = reflect.TypeFor[[]byte]()
)

// carries tells whether the codec can carry every type of an operation, so that
// a gap shows when the lab starts and not in the middle of a run.
func (d *definition) carries(op *operation) error {
	seen := map[reflect.Type]bool{}
	if err := d.carriesType(d.in, op.in, op.in.Name(), seen); err != nil {
		return err
	}
	return d.carriesType(d.out, op.out, op.out.Name(), map[reflect.Type]bool{})
}

func (d *definition) carriesType(n *naming, t reflect.Type, where string, seen map[reflect.Type]bool) error {
	if t == timeType || t == bytesType || seen[t] {
		return nil
	}
	_, isXML := d.wire.(*xmlWire)
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
		return nil
	case reflect.Pointer, reflect.Slice:
		return d.carriesType(n, t.Elem(), where, seen)
	case reflect.Map:
		if isXML {
			return fmt.Errorf("%s is a map, which the XML codec does not carry", where)
		}
		if t.Key().Kind() != reflect.String {
			return fmt.Errorf("%s has keys of type %s: only strings can be keys", where, t.Key())
		}
		return d.carriesType(n, t.Elem(), where, seen)
	case reflect.Interface:
		if isXML || !d.interfaces.know(t) {
			return fmt.Errorf("%s is a %s, of which no implementation is listed", where, t)
		}
		for _, impl := range d.interfaces.unions[t] {
			if err := d.carriesType(n, impl, where, seen); err != nil {
				return err
			}
		}
		return nil
	case reflect.Struct:
		seen[t] = true
		for _, f := range n.shape(t).fields {
			at := where + "." + f.goName
			if f.wire == "" {
				return fmt.Errorf("%s: its name on the wire is not listed", at)
			}
			if err := d.carriesType(n, f.typ, at, seen); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("%s is a %s, which the codec does not carry", where, t)
	}
}
