package aws

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/google/go-cmp/cmp"
)

func TestNewHandlerRefuses(t *testing.T) {
	good := func() Config {
		return Config{Credentials: Credentials{testKey, testSecret}, Region: testRegion, Account: testAccount, Services: (&fake{}).services()}
	}
	for name, change := range map[string]func(*Config){
		"no secret":           func(c *Config) { c.Credentials.SecretAccessKey = "" },
		"no region":           func(c *Config) { c.Region = "" },
		"no account":          func(c *Config) { c.Account = "" },
		"no services":         func(c *Config) { c.Services = nil },
		"an unknown service":  func(c *Config) { c.Services[0].Name = "sqs" },
		"a service twice":     func(c *Config) { c.Services[1] = c.Services[0] },
		"no Impl":             func(c *Config) { c.Services[0].Impl = nil },
		"no operations":       func(c *Config) { c.Services[0].Impl = struct{}{} },
		"types not carried":   func(c *Config) { c.Services[3].Impl = odd{} },
		"an Impl of another":  func(c *Config) { c.Services[2].Impl = odd{} },
		"the same, of an XML": func(c *Config) { c.Services[3] = Service{"ec2", c.Services[1].Impl} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good()
			change(&cfg)
			if h, err := NewHandler(cfg); err == nil || h != nil {
				t.Errorf("got %v, %v; want an error", h, err)
			}
		})
	}
	if _, err := NewHandler(good()); err != nil {
		t.Errorf("the same without change: %v", err)
	}
}

type (
	oddOptions struct{}
	OddInput   struct{ F func() }
	OddOutput  struct{}
	odd        struct{}
)

func (odd) Odd(context.Context, *OddInput, ...func(*oddOptions)) (*OddOutput, error) { return nil, nil }

// post signs and sends a JSON 1.1 request as no SDK would.
func post(t *testing.T, e *endpoint, path, target, service, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if target == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	} else {
		r.Header.Set("X-Amz-Target", target)
	}
	signAs(t, r, body, service)
	return send(t, r)
}

func TestOddRequests(t *testing.T) {
	e := serve(t, func(c *Config) { c.MaxBody = 4096 })
	e.answer = func(op string, _ any) (any, error) { return nil, fmt.Errorf("the Impl was called for %s", op) }
	const cm, ecsT = "Route53AutoNaming_v20170314.", "AmazonEC2ContainerServiceV20141113."
	for _, c := range []struct {
		name, path, target, service, body string
		status                            int
		want                              string
	}{
		{"unknown operation", "/", cm + "Frobnicate", "servicediscovery", "{}", 400, `{"__type":"UnknownOperationException"`},
		{"no operation", "/", "x", "ecs", "{}", 400, "UnknownOperationException"},
		{"another path", "/v1", ecsT + "ListTasks", "ecs", "{}", 400, "UnknownOperationException"},
		{"a service that is not here", "/", "AmazonSQS.ListQueues", "sqs", "{}", 400, "There is no service 'sqs' here"},
		{"unknown action", "/", "", "sts", "Action=Frob&Version=2011-06-15", 400, "<Code>InvalidAction</Code>"},
		{"unknown action of EC2", "/", "", "ec2", "Action=Frob&Version=2016-11-15", 400, "<Response><Errors><Error><Code>InvalidAction</Code>"},
		{"unknown XML service", "/", "", "sns", "Action=ListTopics&Version=2010-03-31", 400, "<Code>InvalidAction</Code>"},
		{"not JSON", "/", ecsT + "ListTasks", "ecs", `{"cluster":`, 400, "SerializationException"},
		{"more than JSON", "/", ecsT + "ListTasks", "ecs", `{} {}`, 400, "SerializationException"},
		{"a list", "/", ecsT + "ListTasks", "ecs", `[]`, 400, "SerializationException"},
		{"a number for a string", "/", ecsT + "ListTasks", "ecs", `{"cluster":5}`, 400, "cluster: the number 5 cannot be read as a string"},
		{"a string for a number", "/", ecsT + "ListTasks", "ecs", `{"maxResults":"5"}`, 400, "SerializationException"},
		{"a number too large", "/", ecsT + "ListTasks", "ecs", `{"maxResults":3000000000}`, 400, "SerializationException"},
		{"deep inside", "/", cm + "CreateService", "servicediscovery", `{"Name":"a","DnsConfig":{"DnsRecords":[{"Type":"A","TTL":true}]}}`, 400, "DnsConfig.DnsRecords.0.TTL: a boolean"},
		{"two members of a union", "/", ecsT + "UpdateGateway", "ecs", `{"gateway":"g","configuration":{"nope":1}}`, 400, "none of its members is set"},
		{"a document with an empty key", "/", ecsT + "UpdateService", "ecs", `{"service":"s","deploymentConfiguration":{"lifecycleHooks":[{"hookDetails":[{"":1}]}]}}`, 400, "SerializationException"},
		{"a time in words", "/", ecsT + "SubmitTaskStateChange", "ecs", `{"pullStartedAt":"today"}`, 400, "SerializationException"},
		{"parts of a single value", "/", "", "ec2", "Action=DescribeVpcs&Version=2016-11-15&MaxResults.1=2", 400, "InvalidParameterValue"},
		{"places that do not count", "/", "", "ec2", "Action=DescribeVpcs&Version=2016-11-15&VpcId.x=2", 400, "InvalidParameterValue"},
		{"a boolean in words", "/", "", "ec2", "Action=DescribeVpcs&Version=2016-11-15&DryRun=perhaps", 400, "InvalidParameterValue"},
		{"required, Cloud Map", "/", cm + "RegisterInstance", "servicediscovery", `{"ServiceId":"srv-1"}`, 400, `{"__type":"InvalidInput","message":"2 validation errors detected: Value null at 'attributes'`},
		{"required, ECS", "/", ecsT + "DescribeServices", "ecs", `{"cluster":"c"}`, 400, `{"__type":"InvalidParameterException"`},
		{"null is not there", "/", ecsT + "DescribeServices", "ecs", `{"services":null}`, 400, `InvalidParameterException`},
		{"too large", "/", ecsT + "ListTasks", "ecs", `{"cluster":"` + strings.Repeat("a", 5000) + `"}`, 413, "RequestEntityTooLargeException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := post(t, e, c.path, c.target, c.service, c.body)
			if status != c.status || !strings.Contains(body, c.want) {
				t.Errorf("%d %s, want %d with %s", status, body, c.status, c.want)
			}
			if rec := e.last(t); rec.Status != c.status || rec.ErrorCode == "" || rec.Message == "" {
				t.Errorf("recorded %+v", rec)
			}
		})
	}
}

func TestUnknownMembersAreNoted(t *testing.T) {
	e := serve(t)
	e.answer = func(string, any) (any, error) { return &ecs.UpdateServiceOutput{}, nil }
	status, body := post(t, e, "/", "AmazonEC2ContainerServiceV20141113.UpdateService", "ecs",
		`{"service":"svc-001","DesiredCount":2,"networkConfiguration":{"awsvpcConfiguration":{"subnets":["a"],"moon":1}}}`)
	if status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	if d := cmp.Diff([]string{"DesiredCount", "networkConfiguration.awsvpcConfiguration.moon"}, e.last(t).Unknown); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if in := e.saw().(*ecs.UpdateServiceInput); in.DesiredCount != nil {
		t.Errorf("DesiredCount was taken for desiredCount: %d", *in.DesiredCount)
	}
}

func TestResources(t *testing.T) {
	e := serve(t)
	cfg := e.config(t)
	cm, ecsc, s := servicediscovery.NewFromConfig(cfg), ecs.NewFromConfig(cfg), sdk.String
	arn := func(rest string) string { return fmt.Sprintf("arn:aws:%s", rest) }
	at := testRegion + ":" + testAccount + ":"
	for _, c := range []struct {
		name      string
		call      func(context.Context) error
		want, ins string
	}{
		{"register", func(ctx context.Context) error {
			_, err := cm.RegisterInstance(ctx, &servicediscovery.RegisterInstanceInput{ServiceId: s("srv-1"), InstanceId: s("i-1"), Attributes: map[string]string{}})
			return err
		}, arn("servicediscovery:" + at + "service/srv-1"), "i-1"},
		{"namespace", func(ctx context.Context) error {
			_, err := cm.GetNamespace(ctx, &servicediscovery.GetNamespaceInput{Id: s("ns-1")})
			return err
		}, arn("servicediscovery:" + at + "namespace/ns-1"), ""},
		{"list", func(ctx context.Context) error {
			_, err := cm.ListServices(ctx, &servicediscovery.ListServicesInput{})
			return err
		}, "*", ""},
		{"update service", func(ctx context.Context) error {
			_, err := ecsc.UpdateService(ctx, &ecs.UpdateServiceInput{Service: s("svc-001"), Cluster: s(arn("ecs:" + at + "cluster/shop"))})
			return err
		}, arn("ecs:" + at + "service/shop/svc-001"), ""},
		{"default cluster, names and ARNs", func(ctx context.Context) error {
			_, err := ecsc.DescribeServices(ctx, &ecs.DescribeServicesInput{Services: []string{"a", arn("ecs:" + at + "service/x/b")}})
			return err
		}, arn("ecs:"+at+"service/default/a") + "," + arn("ecs:"+at+"service/x/b"), ""},
		{"cluster", func(ctx context.Context) error {
			_, err := ecsc.ListTasks(ctx, &ecs.ListTasksInput{Cluster: s("shop")})
			return err
		}, arn("ecs:" + at + "cluster/shop"), ""},
		{"tags", func(ctx context.Context) error {
			_, err := ecsc.ListTagsForResource(ctx, &ecs.ListTagsForResourceInput{ResourceArn: s("arn:aws:ecs:x")})
			return err
		}, "arn:aws:ecs:x", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.call(t.Context()) == nil {
				t.Error("the fake gives errors only")
			}
			if rec := e.last(t); rec.Resource != c.want || rec.Instance != c.ins {
				t.Errorf("recorded %q, instance %q; want %q, %q", rec.Resource, rec.Instance, c.want, c.ins)
			}
		})
	}
}

// Do is the model's lock: the Impl and the reading of its answer are inside.
func TestImplRunsInsideDo(t *testing.T) {
	inside, entered := false, 0
	e := serve(t, func(c *Config) {
		c.Do = func(fn func()) {
			inside, entered = true, entered+1
			fn()
			inside = false
		}
	})
	e.answer = func(string, any) (any, error) {
		if !inside {
			t.Error("the Impl was called outside Do")
		}
		return &ecs.ListTasksOutput{}, nil
	}
	if _, err := ecs.NewFromConfig(e.config(t)).ListTasks(t.Context(), &ecs.ListTasksInput{}); err != nil {
		t.Fatal(err)
	}
	if inside || entered != 1 {
		t.Errorf("entered %d times, still inside: %v", entered, inside)
	}
}

// A request as an HTTP proxy gets it, written by hand: absolute URI, signed for
// the host in it.
func TestAbsoluteURI(t *testing.T) {
	e := serve(t)
	e.answer = func(string, any) (any, error) { return &ecs.ListTasksOutput{TaskArns: []string{"t"}}, nil }
	r := raw(t, "http://data-aws.lab.internal/", nil)
	u, err := url.Parse(e.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := r.WriteProxy(conn); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("status %s", resp.Status)
	}

	// It is no proxy for anything else.
	fmt.Fprintf(conn, "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
	resp2, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp2.Body.Close()
	if resp2.StatusCode < 400 {
		t.Errorf("CONNECT was answered with %s", resp2.Status)
	}
}
