package aws

import (
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
)

// definition is what is known of a service beside its Go types: how it is
// spoken, and what the types do not say.
type definition struct {
	wires []wire  // the protocols that clients speak to it
	in    *naming // member names of inputs
	out   *naming // member names of outputs and errors

	byScope bool // the signature's scope alone says whose a request is
	signing signing

	interfaces interfaces   // what may stand in an interface member
	required   required     // members that must be given
	client     *clientCheck // or the SDK's own check of them
	invalid    string       // error code for an input that lacks one
	statuses   map[string]int
	resources  map[string]resourceRule
}

// definitions are the services by name. Target prefixes, versions and XML
// namespaces are those of the services' API models, which
// https://github.com/aws/api-models-aws publishes.
var definitions = map[string]*definition{
	"application-autoscaling": scalingDefinition(),
	"ec2":                     ec2Definition(),
	"ecs":                     ecsDefinition(),
	"eks":                     eksDefinition(),
	"elasticloadbalancing":    elbDefinition(),
	"iam":                     iamDefinition(),
	"logs":                    logsDefinition(),
	"monitoring":              cloudWatchDefinition(),
	"route53":                 route53Definition(),
	"s3":                      s3Definition(),
	"servicediscovery":        cloudMapDefinition(),
	"sts":                     stsDefinition(),
}

// check are the API options of a client that only checks required members.
var check = []func(*middleware.Stack) error{onlyCheck}

func cloudMapDefinition() *definition {
	names := newNaming(goName)
	return &definition{
		wires: []wire{&jsonWire{target: "Route53AutoNaming_v20170314", version: "1.1", faults: jsonFaults}},
		in:    names, out: names,
		required:  cloudMapRequired(),
		invalid:   "InvalidInput",
		resources: cloudMapResources,
	}
}

func ecsDefinition() *definition {
	names := newNaming(lowerFirstName)
	return &definition{
		wires: []wire{&jsonWire{target: "AmazonEC2ContainerServiceV20141113", version: "1.1", faults: jsonFaults}},
		in:    names, out: names,
		interfaces: ecsInterfaces(),
		required:   ecsRequired(),
		invalid:    "InvalidParameterException",
		statuses:   ecsStatuses,
		resources:  ecsResources,
	}
}

func scalingDefinition() *definition {
	names := newNaming(goName)
	return &definition{
		wires: []wire{&jsonWire{target: "AnyScaleFrontendService", version: "1.1", faults: jsonFaults}},
		in:    names, out: names,
		client:    checked(applicationautoscaling.New(applicationautoscaling.Options{APIOptions: check})),
		invalid:   "ValidationException",
		statuses:  scalingStatuses,
		resources: scalingResources,
	}
}

func logsDefinition() *definition {
	names := newNaming(logsName)
	return &definition{
		wires: []wire{&jsonWire{target: "Logs_20140328", version: "1.1", faults: jsonFaults}},
		in:    names, out: names,
		interfaces: logsInterfaces(),
		client:     checked(cloudwatchlogs.New(cloudwatchlogs.Options{APIOptions: check})),
		invalid:    "InvalidParameterException",
		resources:  logsResources,
	}
}

func stsDefinition() *definition {
	names := newNaming(stsName)
	return &definition{
		wires: []wire{&xmlWire{version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/", faults: queryFaults}},
		in:    names, out: names,
		client:    checked(sts.New(sts.Options{APIOptions: check})),
		invalid:   "ValidationError",
		statuses:  stsStatuses,
		resources: stsResources,
	}
}

func elbDefinition() *definition {
	names := newNaming(goName)
	return &definition{
		wires: []wire{&xmlWire{version: "2015-12-01", namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/", faults: queryFaults}},
		in:    names, out: names,
		client:    checked(elasticloadbalancingv2.New(elasticloadbalancingv2.Options{APIOptions: check})),
		invalid:   "ValidationError",
		statuses:  elbStatuses,
		resources: elbResources,
	}
}

func iamDefinition() *definition {
	names := newNaming(goName)
	return &definition{
		wires: []wire{&xmlWire{version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/", faults: queryFaults}},
		in:    names, out: names,
		signing: globally, interfaces: iamInterfaces(),
		client:    checked(iam.New(iam.Options{APIOptions: check})),
		invalid:   "ValidationError",
		statuses:  iamStatuses,
		resources: iamResources,
	}
}

// CloudWatch is spoken in three ways: CBOR by the Go SDK, JSON by botocore, and
// the query protocol by all that is older.
func cloudWatchDefinition() *definition {
	const target = "GraniteServiceVersion20100801"
	names := newNaming(goName)
	return &definition{
		wires: []wire{
			&xmlWire{version: "2010-08-01", namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/", faults: queryFaults},
			&jsonWire{target: target, version: "1.0", faults: jsonFaults},
			&cborWire{service: target, faults: jsonFaults},
		},
		in: names, out: names,
		interfaces: cloudWatchInterfaces(),
		client:     checked(cloudwatch.New(cloudwatch.Options{APIOptions: check})),
		invalid:    "MissingParameter",
		statuses:   cloudWatchStatuses,
		resources:  cloudWatchResources,
	}
}

func ec2Definition() *definition {
	return &definition{
		wires:     []wire{&xmlWire{version: "2016-11-15", namespace: "http://ec2.amazonaws.com/doc/2016-11-15/", ec2: true, faults: ec2Faults}},
		in:        newNaming(ec2InputName).withItems(ec2Items),
		out:       newNaming(ec2OutputName).withItems(ec2Items),
		client:    checked(ec2.New(ec2.Options{APIOptions: check})),
		invalid:   "MissingParameter",
		resources: ec2Resources,
	}
}

func eksDefinition() *definition {
	names := newNaming(lowerFirstName)
	return &definition{
		wires: []wire{&restJSONWire{routes: newRoutes(eksRoutes), faults: restJSONFaults}},
		in:    names, out: names,
		client:    checked(eks.New(eks.Options{APIOptions: check})),
		invalid:   "InvalidParameterException",
		statuses:  eksStatuses,
		resources: eksResources,
	}
}

func route53Definition() *definition {
	names := newNaming(goName).withItems(route53Items)
	return &definition{
		wires: []wire{&restXMLWire{
			routes: newRoutes(route53Routes), prefix: "/2013-04-01/",
			namespace: "https://route53.amazonaws.com/doc/2013-04-01/", faults: route53Faults,
		}},
		in: names, out: names,
		signing:   globally,
		client:    checked(route53.New(route53.Options{APIOptions: check})),
		invalid:   "InvalidInput",
		statuses:  route53Statuses,
		resources: route53Resources,
	}
}

func s3Definition() *definition {
	names := newNaming(s3Name).withItems(s3Items)
	return &definition{
		wires: []wire{&restXMLWire{
			routes: newRoutes(s3Routes), s3: true,
			namespace: "http://s3.amazonaws.com/doc/2006-03-01/", faults: s3Faults,
		}},
		in: names, out: names,
		byScope: true, signing: s3Signing,
		client:    checked(s3.New(s3.Options{APIOptions: check})),
		invalid:   "InvalidRequest",
		statuses:  s3Statuses,
		resources: s3Resources,
	}
}
