package render

import (
	"fmt"
	"testing"

	"github.com/tranship/tranship/internal/convert"
)

// BenchmarkRender writes 200 services down in every form.
func BenchmarkRender(b *testing.B) {
	var results []convert.Result
	for i := range 200 {
		r := orders()
		r.Namespace = fmt.Sprintf("shop-%d", i)
		for _, o := range r.Objects {
			if m, ok := o.Object.(interface{ SetNamespace(string) }); ok {
				m.SetNamespace(r.Namespace)
			}
		}
		results = append(results, r)
	}
	for _, forms := range [][]Form{{YAML}, Forms()} {
		b.Run(fmt.Sprint(forms), func(b *testing.B) {
			for b.Loop() {
				rendered(b, Options{Forms: forms}, results...)
			}
		})
	}
}
