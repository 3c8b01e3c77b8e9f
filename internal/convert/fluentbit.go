package convert

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// section is what one container's lines go through in Fluent Bit.
// https://docs.fluentbit.io/manual/administration/configuring-fluent-bit/classic-mode/configuration-file
type section struct {
	namespace, service, container string
	parser                        string      // of lines that belong together
	memory                        string      // that lines which wait may take; "": as much as there are
	keys                          [][2]string // of the output, in order
}

func (c *conversion) section(k *container) section {
	return section{namespace: c.namespace, service: c.name, container: k.Name}
}

// set sets a key of the output, once.
func (s *section) set(key, value string) {
	if key != "" && !s.has(key) {
		s.keys = append(s.keys, [2]string{key, value})
	}
}

func (s *section) has(key string) bool {
	for _, k := range s.keys {
		if strings.EqualFold(k[0], key) {
			return true
		}
	}
	return false
}

// address sets host and port of what Docker writes as tcp://host:port.
func (s *section) address(text string) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		scheme, rest = "", text
	}
	host, port, _ := strings.Cut(strings.TrimSuffix(rest, "/"), ":")
	s.set("host", host)
	if port != "" {
		s.set("port", port)
	}
	switch scheme {
	case "https", "tcp+tls":
		s.set("tls", "On")
	case "tcp", "udp":
		s.set("mode", scheme)
	}
}

// multiline lets a line in which the pattern is found begin a record.
func (s *section) multiline(parsers *strings.Builder, pattern string) {
	if s.parser != "" {
		return
	}
	s.parser = fmt.Sprintf("%s.%s.%s", s.namespace, s.service, s.container)
	pattern = strings.ReplaceAll(strings.ReplaceAll(pattern, `\/`, "/"), "/", `\/`)
	fmt.Fprintf(parsers, "[MULTILINE_PARSER]\n    name          %s\n    type          regex\n    flush_timeout 1000\n", s.parser)
	fmt.Fprintf(parsers, "    rule          \"start_state\" \"/%s/\" \"cont\"\n", pattern)
	fmt.Fprintf(parsers, "    rule          \"cont\" \"/^(?!.*%s)/\" \"cont\"\n", pattern)
}

// size is what Docker reads as an amount of memory.
var size = regexp.MustCompile(`^(\d+)([kmg]?)(i?b)?$`)

// hold bounds the memory of lines that wait; false if the text is no size.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
// https://docs.fluentbit.io/manual/administration/backpressure
func (s *section) hold(text string) bool {
	m := size.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return false
	}
	s.memory = m[1] + strings.ToUpper(m[2])
	return true
}

// dates are the parts of a date, as patterns.
// https://docs.docker.com/engine/logging/drivers/awslogs/#awslogs-datetime-format
var dates = map[byte]string{
	'a': `[A-Z][a-z]{2}`, 'A': `[A-Z][a-z]+day`, 'w': `[0-6]`, 'd': `\d{2}`, 'b': `[A-Z][a-z]{2}`, 'B': `[A-Z][a-z]+`,
	'm': `\d{2}`, 'Y': `\d{4}`, 'y': `\d{2}`, 'H': `\d{2}`, 'I': `\d{2}`, 'p': `[AP]M`, 'M': `\d{2}`, 'S': `\d{2}`,
	'f': `\d+`, 'L': `\.\d{3}`, 'z': `[+-]\d{4}`, 'Z': `[A-Z]{1,4}`, 'j': `\d{3}`, '%': `%`,
}

// datePattern makes a pattern of a date's format; "" if it has a part that is not known.
func datePattern(format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b.WriteString(regexp.QuoteMeta(format[i : i+1]))
			continue
		}
		if i++; i == len(format) || dates[format[i]] == "" {
			return ""
		}
		b.WriteString(dates[format[i]])
	}
	return b.String()
}

// write writes input, filters and output.
func (s *section) write(b *strings.Builder) {
	tag := fmt.Sprintf("tranship.%s.%s.%s.", s.namespace, s.service, s.container)
	part := func(name string, keys ...[2]string) {
		fmt.Fprintf(b, "[%s]\n", name)
		for _, k := range keys {
			fmt.Fprintf(b, "    %-20s %s\n", k[0], k[1])
		}
	}
	input := [][2]string{
		{"Name", "tail"}, {"Tag", tag + "*"},
		{"Path", fmt.Sprintf("/var/log/containers/%s-*_%s_%s-*.log", s.service, s.namespace, s.container)},
		{"multiline.parser", "cri"},
		{"DB", "/var/log/" + strings.TrimSuffix(tag, ".") + ".db"},
		{"Skip_Long_Lines", "On"},
	}
	if s.memory != "" {
		input = append(input, [2]string{"Mem_Buf_Limit", s.memory})
	}
	part("INPUT", input...)
	part("FILTER", [2]string{"Name", "kubernetes"}, [2]string{"Match", tag + "*"},
		[2]string{"Kube_Tag_Prefix", tag + "var.log.containers."}, [2]string{"Labels", "On"}, [2]string{"Annotations", "Off"})
	// The path also fits services whose names begin with this one's.
	part("FILTER", [2]string{"Name", "grep"}, [2]string{"Match", tag + "*"},
		[2]string{"Regex", fmt.Sprintf("$kubernetes['labels']['%s'] ^%s$", labelName, s.service)})
	if s.parser != "" {
		part("FILTER", [2]string{"Name", "multiline"}, [2]string{"Match", tag + "*"},
			[2]string{"multiline.key_content", "log"}, [2]string{"multiline.parser", s.parser})
	}
	keys := [][2]string{}
	for _, k := range s.keys {
		keys = append(keys, k)
		if k[0] == "Name" {
			keys = append(keys, [2]string{"Match", tag + "*"})
		}
	}
	part("OUTPUT", keys...)
}

// outputKeys are options of Fluent Bit's outputs that are no secrets. Any other may be one.
// https://docs.fluentbit.io/manual/pipeline/outputs
var outputKeys = wordSet(`name match host port tls tls.verify workers retry_limit format uri compress compression
	region endpoint sts_endpoint role_arn log_group_name log_group_template log_stream_name log_stream_prefix
	log_stream_template auto_create_group log_key log_format log_retention_days metric_namespace extra_user_agent
	delivery_stream stream partition_key bucket total_file_size upload_timeout upload_chunk_size use_put_object
	s3_key_format storage_class time_key time_key_format data_keys json_date_key json_date_format
	index type logstash_format logstash_prefix logstash_dateformat aws_auth aws_region aws_service_name
	suppress_type_name include_tag_key tag_key generate_id provider dd_service dd_source dd_tags dd_message_key
	event_index event_source event_sourcetype event_key splunk_send_raw brokers topics message_key
	labels label_keys remove_keys line_format auto_kubernetes_labels buffer_size net.keepalive net.connect_timeout`)

func wordSet(text string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		out[w] = true
	}
	return out
}

// firelensOutput writes the output that a container has through FireLens: its options are
// Fluent Bit's own already.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
func (c *conversion) firelensOutput(conf *strings.Builder, k *container, n ledger.Node) {
	to := "ConfigMap data"
	options := n.Field("options")
	n.Field("logDriver").Approximated(to, agentReads+", which does what the pod's log router did")
	s := c.section(k)
	for _, o := range options.Items() {
		if strings.EqualFold(o.Name(), "name") {
			s.set("Name", o.Text())
		}
	}
	named := s.has("Name")
	for _, o := range options.Items() {
		key := strings.TrimPrefix(o.Path(), options.Path()+".")
		switch {
		case waits(o, key):
		case !named:
			o.Unsupported("options of Fluentd, or none that name an output: set the nodes' log agent up for it by hand")
		case !outputKeys[strings.ToLower(key)] || strings.ContainsAny(o.Text(), "\r\n"):
			keepBack(o)
		default:
			s.set(key, o.Text())
			o.Mapped(to)
		}
	}
	if !named {
		c.secretOptions(k, n, nil)
		return
	}
	c.secretOptions(k, n, &s)
	s.write(conf)
}

// keepBack asks about an option that is better not written into a ConfigMap.
func keepBack(o ledger.Node) {
	if o.Decide("", "What may be a secret, or has several lines, is not written into a ConfigMap. Where does the log agent have it from?",
		ledger.Answer{Word: "agent", Then: "it has a setting or a variable of its own for it, which you make"}) != "" {
		o.Approximated("ConfigMap data", "decided: a setting of the log agent's own")
	}
}

// secretive says that an option's value is better not shown.
func secretive(key string) bool {
	key = strings.ToLower(key)
	for _, word := range []string{"token", "secret", "passwd", "password", "apikey", "api_key", "auth_header"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return false
}

// routes asks whether a container is the task's log router alone: false if it is, and can
// be left out.
func routes(f ledger.Node) bool {
	return f.Field("type").Decide("", "The nodes' Fluent Bit does what this log router did. Do programs send anything else to it, at port 24224?",
		ledger.Answer{Word: "keep", Then: "they do: it stays in the pod, with a configuration that its image has or you mount"},
		ledger.Answer{Word: "leave-out", Then: "they don't: the container is left out"}) != "leave-out"
}

// router says what becomes of a log router that stays.
func (c *conversion) router(k *container) {
	f := k.ecs.Field("firelensConfiguration")
	f.Field("type").Approximated("Pod spec.containers[]", "it stays, but nobody writes its configuration")
	for _, o := range f.Field("options").Items() {
		if strings.HasSuffix(o.Path(), "enable-ecs-log-metadata") {
			o.Approximated("ConfigMap data", "records say pod, container and namespace, where they said task and cluster")
			continue
		}
		o.Unsupported("ECS put this file into the router's configuration: put it into that of the nodes' Fluent Bit")
	}
}
