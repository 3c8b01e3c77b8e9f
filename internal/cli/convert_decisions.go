package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/convert/ledger"
)

// decisionsVersion is what a file of decisions says it is.
const decisionsVersion = "tranship.dev/decisions/v1"

// answers are words by the id of a decision.
type answers map[string]string

// decisions are the questions that conversions raised, and what people answered.
type decisions struct {
	APIVersion string `json:"apiVersion"`
	// All are answers for every service that has none of its own.
	All answers `json:"all,omitempty"`
	// Services have theirs, by account/region/cluster/service.
	Services map[string]answers `json:"services,omitempty"`
	// Stale are answers to questions that are not asked any more.
	Stale map[string]answers `json:"stale,omitempty"`

	asked map[string][]ledger.Decision // by service
	wrong []string                     // what nobody can have meant
}

// readDecisions reads a file of decisions; one that is not there has none.
func readDecisions(name string) (decisions, error) {
	d := decisions{APIVersion: decisionsVersion}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return d, fmt.Errorf("read the decisions: %w", err)
	}
	if err := yaml.UnmarshalStrict(data, &d); err != nil {
		return d, fmt.Errorf("read the decisions in %s: %w", name, err)
	}
	if d.APIVersion != decisionsVersion {
		return d, fmt.Errorf("read the decisions in %s: apiVersion %q, want %s", name, d.APIVersion, decisionsVersion)
	}
	return d, nil
}

// of are a service's own answers.
func (d decisions) of(service string) map[string]string {
	out := map[string]string{}
	for id, word := range d.Services[service] {
		if word != "" {
			out[id] = word
		}
	}
	return out
}

// after is the file once services were converted: with every question that was asked, with
// the answers that it had. Answers that nobody asks for any more are kept apart; those of services that
// were not converted now stay.
func (d decisions) after(results []convert.Result) decisions {
	out := decisions{
		APIVersion: decisionsVersion, All: d.All, Services: map[string]answers{}, Stale: map[string]answers{},
		asked: map[string][]ledger.Decision{},
	}
	maps.Copy(out.Services, d.Services)
	for service, a := range d.Stale {
		out.Stale[service] = maps.Clone(a)
	}
	for _, r := range results {
		key := resultKey(r)
		had := maps.Clone(d.Stale[key])
		if had == nil {
			had = answers{}
		}
		maps.Copy(had, d.Services[key])
		now := answers{}
		for _, q := range r.Decisions {
			word := had[q.ID]
			delete(had, q.ID)
			now[q.ID] = word
			if word != "" && q.Chosen != word {
				out.wrong = append(out.wrong, fmt.Sprintf("%s %s: %q is none of the answers, so it is open", key, q.ID, word))
			}
		}
		delete(out.Services, key)
		delete(out.Stale, key)
		if len(now) > 0 {
			out.Services[key], out.asked[key] = now, r.Decisions
		}
		maps.DeleteFunc(had, func(_, word string) bool { return word == "" })
		if len(had) > 0 {
			out.Stale[key] = had
		}
	}
	return out
}

// warn says what of the file can't be meant.
func (d decisions) warn(w io.Writer) {
	for _, text := range d.wrong {
		fmt.Fprintln(w, text)
	}
	n := 0
	for _, a := range d.Stale {
		n += len(a)
	}
	if n > 0 {
		fmt.Fprintf(w, "%s not asked for any more; the file keeps them under stale\n", plural(n, "decision is", "decisions are"))
	}
}

// encode writes the file: each question as a comment above its answer, everything in order.
func (d decisions) encode() []byte {
	var b bytes.Buffer
	b.WriteString("# What only people can decide of services that move to Kubernetes. Write the word of an\n" +
		"# answer behind its question and run `tranship convert` again, which keeps what is\n" +
		"# written here. An answer under all counts for every service that has none of its own.\n" +
		"apiVersion: " + decisionsVersion + "\n")
	if len(d.All) == 0 {
		b.WriteString("all: {}\n")
	} else {
		b.WriteString("all:\n")
		d.All.encode(&b, "  ", nil, nil)
	}
	d.section(&b, "services", d.Services)
	if len(d.Stale) > 0 {
		b.WriteString("# Nobody asks for these any more.\n")
		d.section(&b, "stale", d.Stale)
	}
	return b.Bytes()
}

func (d decisions) section(b *bytes.Buffer, name string, services map[string]answers) {
	if len(services) == 0 {
		fmt.Fprintf(b, "%s: {}\n", name)
		return
	}
	fmt.Fprintf(b, "%s:\n", name)
	for _, key := range slices.Sorted(maps.Keys(services)) {
		fmt.Fprintf(b, "  %s:\n", quoted(key))
		asked := d.asked[key]
		if name == "stale" {
			asked = nil
		}
		services[key].encode(b, "    ", asked, d.All)
	}
}

func (a answers) encode(b *bytes.Buffer, indent string, asked []ledger.Decision, all answers) {
	for _, id := range slices.Sorted(maps.Keys(a)) {
		i := slices.IndexFunc(asked, func(q ledger.Decision) bool { return q.ID == id })
		if i >= 0 {
			comment(b, indent, asked[i].Question)
			for _, x := range asked[i].Answers {
				comment(b, indent, "  "+x.Word+": "+x.Then)
			}
			if a[id] == "" && all[id] != "" {
				comment(b, indent, "Decided for all: "+all[id])
			}
		}
		fmt.Fprintf(b, "%s%s: %s\n", indent, quoted(id), quoted(a[id]))
	}
}

// comment writes one line of text that can't become anything else.
func comment(b *bytes.Buffer, indent, text string) {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, text)
	fmt.Fprintf(b, "%s# %s\n", indent, text)
}

// quoted is a text as YAML takes it, on one line.
func quoted(text string) string {
	plain := text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r == '-')
	})
	switch text {
	case "", "yes", "no", "on", "off", "true", "false", "null", "y", "n", "-":
		plain = false
	}
	if plain && text[0] != '-' {
		return text
	}
	return fmt.Sprintf("%q", text)
}

// save writes the file whole or not at all. One without a question is not made.
func (d decisions) save(name string) (err error) {
	data := d.encode()
	old, err := os.ReadFile(name)
	switch {
	case err == nil && bytes.Equal(old, data):
		return nil
	case errors.Is(err, fs.ErrNotExist) && len(d.Services)+len(d.Stale)+len(d.All) == 0:
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".tranship-*")
	if err != nil {
		return fmt.Errorf("save the decisions: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("save the decisions in %s: %w", name, err), os.Remove(f.Name()))
		}
	}()
	if err := f.Chmod(0o644); err != nil { // for Git, as the manifests beside it
		return errors.Join(err, f.Close())
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
