package source

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Domains is ExternalDNS' domain filter: lists of domains or, where one is
// given, expressions instead.
type Domains struct {
	include, exclude []string
	match, leave     *regexp.Regexp
}

// NewDomains reads --domain-filter, --exclude-domains, --regex-domain-filter and
// --regex-domain-exclusion.
func NewDomains(include, exclude []string, match, leave string) (Domains, error) {
	d := Domains{include: folded(include), exclude: folded(exclude)}
	for flag, x := range map[string]struct {
		text string
		to   **regexp.Regexp
	}{"--regex-domain-filter": {match, &d.match}, "--regex-domain-exclusion": {leave, &d.leave}} {
		if x.text == "" {
			continue
		}
		re, err := regexp.Compile(x.text)
		if err != nil {
			return Domains{}, fmt.Errorf("%s: %w", flag, err)
		}
		*x.to = re
	}
	return d, nil
}

func folded(in []string) []string {
	var out []string
	for _, s := range in {
		for _, d := range list(s) {
			if d = fold(d); d != "" {
				out = append(out, d)
			}
		}
	}
	return out
}

// Match says that a folded host is inside of the filter. A domain stands for
// itself and what is below it, with a leading dot only for what is below.
func (d Domains) Match(host string) bool {
	if d.match != nil || d.leave != nil {
		return (d.leave == nil || !d.leave.MatchString(host)) && (d.match == nil || d.match.MatchString(host))
	}
	below := func(f string) bool {
		return host == f || strings.HasSuffix(host, "."+strings.TrimPrefix(f, "."))
	}
	return (len(d.include) == 0 || slices.ContainsFunc(d.include, below)) && !slices.ContainsFunc(d.exclude, below)
}

// selector reads --label-filter and the like; "" selects everything.
func selector(flag, text string) (labels.Selector, error) {
	ls, err := metav1.ParseToLabelSelector(text)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", flag, text, err)
	}
	sel, err := metav1.LabelSelectorAsSelector(ls)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", flag, text, err)
	}
	return sel, nil
}

// admits says that an object is looked at.
func (s *Source) admits(o client.Object) bool {
	return (s.namespace == "" || s.namespace == o.GetNamespace()) &&
		s.labels.Matches(labels.Set(o.GetLabels())) &&
		s.annotations.Matches(labels.Set(o.GetAnnotations())) &&
		!s.others(o.GetAnnotations())
}

// Selects says that a filter such as --annotation-filter takes what has these
// labels or annotations.
func Selects(filter string, m map[string]string) (bool, error) {
	sel, err := selector("filter", filter)
	if err != nil {
		return false, err
	}
	return sel.Matches(labels.Set(m)), nil
}
