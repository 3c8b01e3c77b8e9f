package source

import (
	"errors"
	"net/netip"
	"strings"
)

// fold writes a host name in the one spelling in which names are compared.
func fold(s string) string {
	return lower(strings.TrimRight(strings.TrimSpace(s), "."))
}

// lower folds ASCII alone: a letter of another alphabet stays what it is, and
// does not become one that looks valid.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

var (
	errWildcard = errors.New("it is a wildcard, which Cloud Map has no records for: list each host by its name")
	errAddress  = errors.New("it is an address, not a host name: give the name that is to lead there")
)

// valid checks a folded host name by the rules of DNS and of Cloud Map, which
// takes underscores as well. Whether it lies in a namespace, or is the name of
// one, is not known here.
// https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html
func valid(host string) error {
	if strings.Contains(host, "*") {
		return errWildcard
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return errAddress
	}
	if len(host) > 253 {
		return errors.New("it has more than 253 characters, which no DNS name may have: shorten it")
	}
	for label := range strings.SplitSeq(host, ".") {
		switch {
		case label == "":
			return errors.New("a label between two dots is empty: take one dot out")
		case len(label) > 63:
			return errors.New("a label has more than 63 characters, which no DNS name may have: shorten it")
		case label[0] == '-' || label[len(label)-1] == '-':
			return errors.New("a label begins or ends with a hyphen: take it out")
		case strings.ContainsFunc(label, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
		}):
			return errors.New("a label has other characters than letters, digits, hyphens and underscores: mend it; names in other alphabets are written as xn--…")
		}
	}
	return nil
}

// host is the name that was said, if it may be asked for. Names outside of the
// domain filter are somebody else's and say nothing.
func (a *about) host(s said) (string, bool) {
	h := fold(s.value)
	if h == "" || !a.s.domains.Match(h) {
		return "", false
	}
	if err := valid(h); err != nil {
		reason := ReasonInvalidHost
		if errors.Is(err, errWildcard) {
			reason = ReasonWildcard
		}
		a.problem(reason, "%s: host name %.300q: %v", s.at, s.value, err)
		return "", false
	}
	return h, true
}
