package convert

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// driver is where one of ECS' log drivers sends lines to, as an output of Fluent Bit.
type driver struct {
	plugin string
	// keys are options of the driver and what the output calls them.
	keys map[string]string
}

// drivers are those that send lines away. What they mean stands in Docker's and Fluent
// Bit's manuals.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
// https://docs.fluentbit.io/manual/pipeline/outputs
var drivers = map[string]driver{
	"awslogs": {"cloudwatch_logs", map[string]string{
		"awslogs-region": "region", "awslogs-group": "log_group_name", "awslogs-create-group": "auto_create_group",
		"awslogs-stream": "log_stream_name", "awslogs-endpoint": "endpoint",
	}},
	"splunk": {"splunk", map[string]string{
		"splunk-token": "splunk_token", "splunk-index": "event_index", "splunk-source": "event_source",
		"splunk-sourcetype": "event_sourcetype",
	}},
	"fluentd": {"forward", map[string]string{"tag": "tag"}},
	"gelf":    {"gelf", map[string]string{}},
	"syslog":  {"syslog", map[string]string{}},
}

// onNode are drivers whose lines stay on the host, as a container's on Kubernetes do.
var onNode = []string{"json-file", "journald"}

// addresses are options that say host and port at once.
var addresses = []string{"splunk-url", "fluentd-address", "gelf-address", "syslog-address"}

// log says what becomes of what the containers write. On a node it goes to a file, which
// a log agent of the cluster reads; where ECS sent it stands in a ConfigMap for Fluent
// Bit, which most clusters have for that.
func (c *conversion) log() {
	var conf, parsers strings.Builder
	for _, k := range c.containers {
		n := k.ecs.Field("logConfiguration")
		name := n.Field("logDriver")
		d, sends := drivers[name.Text()]
		switch {
		case !n.Set():
		case slices.Contains(onNode, name.Text()):
			name.Mapped("Pod", "the node keeps the lines in a file")
			for _, o := range n.Field("options").Items() {
				o.Approximated("Pod", "kubelet says how long and how many such files are kept: containerLogMaxSize, containerLogMaxFiles")
			}
			c.secretOptions(k, n, nil)
		case name.Text() == "awsfirelens":
			c.firelensOutput(&conf, k, n)
		case sends:
			c.output(&conf, &parsers, k, n, d)
		default:
			n.Unsupported("no log driver of ECS that tranship knows")
		}
		c.router(k)
	}
	if conf.Len() == 0 {
		return
	}
	data := map[string]string{c.namespace + "." + c.name + ".conf": conf.String()}
	if parsers.Len() > 0 {
		data[c.namespace+"."+c.name+".parsers.conf"] = parsers.String()
	}
	c.add(&corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: c.name + ".logs", Labels: map[string]string{"tranship.dev/logs": "fluent-bit"}},
		Data:       data,
	}, Note{Text: "where ECS sent the logs. Mount it into the cluster's Fluent Bit and @INCLUDE it; its role needs what the execution role had for logs"})
}

// agentReads is how lines get to where a log driver sent them.
const agentReads = "the node keeps the lines in a file, and the cluster's Fluent Bit has to include this ConfigMap"

// output writes the output of a driver that ECS has.
func (c *conversion) output(conf, parsers *strings.Builder, k *container, n ledger.Node, d driver) {
	to := "ConfigMap data"
	switch at := n.Field("logDriver"); {
	case c.opts.Fargate || c.windows:
		at.Approximated(to, "the cluster's Fluent Bit on Linux nodes would read it; Fargate has a log router of its own, Windows nodes want another path")
	case d.plugin == "cloudwatch_logs":
		at.Mapped(to, agentReads)
	default:
		at.Approximated(to, agentReads+", whose records have other fields around the line")
	}
	s := c.section(k)
	s.set("Name", d.plugin)
	for _, o := range n.Field("options").Items() {
		key := strings.TrimPrefix(o.Path(), n.Path()+".options.")
		as, known := d.keys[key]
		switch {
		case secretive(key) || strings.ContainsAny(o.Text(), "\r\n"):
			keepBack(o)
		case known && as == "auto_create_group" && o.Text() != "true":
			o.Mapped(to)
		case known:
			s.set(as, o.Text())
			o.Mapped(to)
		case slices.Contains(addresses, key):
			s.address(o.Text())
			o.Mapped(to)
		case key == "awslogs-stream-prefix":
			prefix := o.Text() + "/" + k.Name + "/"
			s.set("log_stream_prefix", prefix)
			s.set("log_stream_template", prefix+"$kubernetes['pod_name']")
			o.Mapped(to, "the last part of a stream's name is the pod's, where it was the task's id")
		case key == "awslogs-multiline-pattern":
			s.multiline(parsers, o.Text())
			o.Mapped(to)
		case key == "awslogs-datetime-format" && datePattern(o.Text()) != "":
			s.multiline(parsers, datePattern(o.Text()))
			o.Mapped(to)
		case key == "max-buffer-size" && d.plugin == "cloudwatch_logs" && s.hold(o.Text()):
			o.Mapped(to, "lines beyond it wait in a file of the node, where ECS drops them")
		case !waits(o, key):
			o.Unsupported("Fluent Bit's output " + d.plugin + " has nothing for it")
		}
	}
	if d.plugin == "cloudwatch_logs" {
		s.set("log_key", "log")
		if !s.has("log_stream_name") && !s.has("log_stream_prefix") {
			s.set("log_stream_prefix", c.name+"/"+k.Name+"/")
		}
	}
	c.secretOptions(k, n, &s)
	s.write(conf)
}

// waits settles how lines wait until they are sent.
func waits(o ledger.Node, key string) bool {
	switch {
	case key == "mode" && o.Text() == "non-blocking":
		o.Mapped("Pod", "what the program writes goes to a file, and never waits for anybody")
	case key == "mode":
		o.Approximated("Pod", "what the program writes goes to a file: it never waits until the line is sent")
	case key == "max-buffer-size" || key == "log-driver-buffer-limit":
		o.Dropped("lines wait in a file of the node, of 10 MiB and more, and not in memory")
	default:
		return false
	}
	return true
}

// secretOptions are for whoever sends the lines, which is not the pod.
func (c *conversion) secretOptions(k *container, n ledger.Node, s *section) {
	for _, o := range n.Field("secretOptions").Items() {
		name := o.Field("name")
		variable := strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(c.name + "_" + k.Name + "_" + name.Text()))
		if s != nil {
			key := name.Text()
			if as, known := drivers[n.Field("logDriver").Text()].keys[key]; known {
				key = as
			}
			s.set(key, "${"+variable+"}")
		}
		if o.Decide("", fmt.Sprintf("The log agent needs the secret %s, not the pod. Does it have the variable %s?", name.Text(), variable),
			ledger.Answer{Word: "agent", Then: "it does, from a Secret of its own"}) != "" {
			o.Approximated("ConfigMap data", "decided: a variable of the log agent")
		}
	}
}
