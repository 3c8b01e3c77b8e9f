package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

type tried struct {
	Held bool `json:"held"`
}

func (t tried) Print(w io.Writer) { fmt.Fprintln(w, "it was tried") }

func (t tried) OK() error {
	if !t.Held {
		return errors.New("it did not hold")
	}
	return nil
}

// What a trial found is told and written also where it broke off; only one that came to
// its end and holds is a success.
func TestTrialCommand(t *testing.T) {
	broke := errors.New("broke off")
	for _, tt := range []struct {
		name         string
		found        Tried
		err          error
		want         string // of the error
		told, writes bool
	}{
		{name: "held", found: tried{Held: true}, told: true, writes: true},
		{name: "did not hold", found: tried{}, want: "it did not hold", told: true, writes: true},
		{name: "broke off", found: tried{Held: true}, err: broke, want: "broke off", told: true, writes: true},
		{name: "never began", err: broke, want: "broke off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			report, words := filepath.Join(dir, "report.json"), filepath.Join(dir, "words")
			var v TrialCommand
			c := &cobra.Command{}
			v.Flags(c, "log", "it prints")
			if err := c.ParseFlags([]string{"--tranship", "/bin/tranship", "--json", report, "--log", words}); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			err := v.Run(&out, func() (Tried, error) {
				fmt.Fprint(v.Log, v.Tranship)
				return tt.found, tt.err
			})
			if got := fmt.Sprint(err); tt.want == "" && err != nil || tt.want != "" && got != tt.want {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if told := strings.Contains(out.String(), "it was tried"); told != tt.told {
				t.Errorf("told: %q", out.String())
			}
			if held := strings.Contains(out.String(), "all of it held"); held != (err == nil) {
				t.Errorf("%q with error %v", out.String(), err)
			}
			var back tried
			b, rerr := os.ReadFile(report)
			if rerr == nil {
				rerr = json.Unmarshal(b, &back)
			}
			if (rerr == nil) != tt.writes || tt.writes && back != tt.found {
				t.Errorf("the report: %q, %v", b, rerr)
			}
			if b, err := os.ReadFile(words); err != nil || string(b) != "/bin/tranship" {
				t.Errorf("the product's words: %q, %v", b, err)
			}
		})
	}
}
