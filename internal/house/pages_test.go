package house

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are what people read.
func (t *tree) pages() []string {
	return slices.DeleteFunc(slices.Clone(t.files), func(f string) bool {
		return !strings.HasSuffix(f, ".md") || path.Dir(f) != "." && !within("docs", f)
	})
}

var (
	fence  = regexp.MustCompile("(?ms)^```.*?^```")
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	ticked = regexp.MustCompile("`([^`\n]+)`")
	// heading finds what a link with # leads to.
	heading = regexp.MustCompile(`(?m)^#+\s+(.+)$`)
)

// tops are the folders in which a path in backticks is meant as one of ours.
var tops = []string{".ci", "api", "bench", "cmd", "deploy", "docs", "internal", "lab", "test", "tools"}

func TestLinksLeadSomewhere(t *testing.T) {
	tr := load(t)
	for _, page := range tr.pages() {
		text := fence.ReplaceAllString(tr.read(t, page), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file := page
			if target != "" {
				file = path.Join(path.Dir(page), target)
			}
			if !tr.exists(file) {
				t.Errorf("%s: the link to %s leads nowhere", page, m[1])
				continue
			}
			if anchor != "" && !slices.Contains(tr.anchors(t, file), anchor) {
				t.Errorf("%s: %s has no heading for #%s", page, file, anchor)
			}
		}
	}
}

func TestPathsInPagesExist(t *testing.T) {
	tr := load(t)
	for _, page := range tr.pages() {
		text := fence.ReplaceAllString(tr.read(t, page), "")
		for _, m := range ticked.FindAllStringSubmatch(text, -1) {
			if p, ok := asPath(m[1]); ok && !tr.exists(p) {
				t.Errorf("%s: `%s` is not there", page, m[1])
			}
		}
	}
}

// asPath says whether a word in backticks is meant as a path of the tree.
func asPath(word string) (string, bool) {
	if strings.ContainsAny(word, " *<>{}$…=|\"'") {
		return "", false
	}
	p := strings.TrimSuffix(strings.TrimPrefix(word, "./"), "/")
	p, _, _ = strings.Cut(p, ":") // file:line
	p = strings.TrimSuffix(p, "/...")
	top, rest, deep := strings.Cut(p, "/")
	if deep && rest != "" {
		return p, slices.Contains(tops, top)
	}
	switch path.Ext(p) {
	case ".md", ".yml", ".mod":
		return p, true
	}
	return p, p == "Makefile" || p == "LICENSE" || p == "NOTICE"
}

func TestAsPath(t *testing.T) {
	for _, c := range []struct {
		word, path string
		ok         bool
	}{
		{"internal/names", "internal/names", true},
		{"./lab/sim/...", "lab/sim", true},
		{"internal/house/rooms_test.go:12", "internal/house/rooms_test.go", true},
		{"docs/", "docs", false},
		{"README.md", "README.md", true},
		{"Makefile", "Makefile", true},
		{"go test ./lab/sim", "", false},
		{"tranship.dev/owner", "tranship.dev/owner", false},
		{"internal/*", "", false},
		{"bin/tranship", "bin/tranship", false},
	} {
		p, ok := asPath(c.word)
		if ok != c.ok || ok && p != c.path {
			t.Errorf("asPath(%q) = %q, %t; want %q, %t", c.word, p, ok, c.path, c.ok)
		}
	}
}

// anchors lists the headings of a page the way GitHub names them in links.
func (t *tree) anchors(tb testing.TB, page string) []string {
	tb.Helper()
	if !strings.HasSuffix(page, ".md") {
		return nil
	}
	var out []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(t.read(tb, page), ""), -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(strings.TrimSpace(m[1])) {
			switch {
			case r == ' ' || r == '-':
				b.WriteByte('-')
			case r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z':
				b.WriteRune(r)
			}
		}
		out = append(out, b.String())
	}
	return out
}

// Whatever is read here must mean something on every machine. The patterns are
// put together so that this file does not match itself.
func TestNoPathsOrHostsOfOneMachine(t *testing.T) {
	slash := "/"
	patterns := []*regexp.Regexp{
		regexp.MustCompile(`(^|[^\w.-])` + slash + `work` + slash),
		regexp.MustCompile(slash + `farm` + slash),
		regexp.MustCompile(`registry` + `\.npmjs`),
		regexp.MustCompile(`(proxy|sum)` + `\.golang` + `\.org`),
		regexp.MustCompile(`deb` + `\.debian`),
	}
	tr := load(t)
	for _, f := range tr.files {
		if strings.HasSuffix(f, ".sum") {
			continue
		}
		for n, text := range strings.Split(tr.read(t, f), "\n") {
			for _, p := range patterns {
				if m := p.FindString(text); m != "" {
					t.Errorf("%s:%d: %q belongs to one machine or network: say it in a way that is true everywhere", f, n+1, m)
				}
			}
		}
	}
}

// TestReadmeListsEveryCall: what the role of the controller must allow is what
// the adapters call, no less and no more.
func TestReadmeListsEveryCall(t *testing.T) {
	tr := load(t)
	method := regexp.MustCompile(`(?m)^\t([A-Z]\w+)\(context\.Context`)
	var want []string
	for service, file := range map[string]string{
		"servicediscovery": "internal/aws/cloudmap/api.go", "ecs": "internal/aws/ecs/api.go",
	} {
		for _, m := range method.FindAllStringSubmatch(tr.read(t, file), -1) {
			want = append(want, service+":"+m[1])
		}
	}
	got := regexp.MustCompile(`\b(?:servicediscovery|ecs):[A-Z]\w+`).FindAllString(tr.read(t, "README.md"), -1)
	slices.Sort(want)
	slices.Sort(got)
	if len(want) < 10 || !slices.Equal(got, want) {
		t.Errorf("README.md lists the calls\n%q\nthe adapters make\n%q", got, want)
	}
}

// A newcomer's map shows every room that exists, and no others (those would be
// found by TestPathsInPagesExist).
func TestMapShowsEveryRoom(t *testing.T) {
	const page = "docs/architecture.md"
	tr := load(t)
	text := tr.read(t, page)
	seen := map[string]bool{}
	for _, s := range tr.sources {
		name, ok := roomOf(s.dir)
		if !ok || seen[name] || within("cmd", name) || name == "lab" {
			continue
		}
		seen[name] = true
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s does not show %s", page, name)
		}
	}
}
