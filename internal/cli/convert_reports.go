package cli

import (
	"bytes"
	"encoding/json"

	"github.com/tranship/tranship/internal/convert"
	"github.com/tranship/tranship/internal/convert/ledger"
	"github.com/tranship/tranship/internal/render"
	"github.com/tranship/tranship/internal/view"
)

// reportFolder is where they lie.
const reportFolder = "report/"

// reportFiles are what lies beside the manifests: the summary, and the ledger of each
// service.
func reportFiles(results []convert.Result, s view.Conversion) (render.Files, error) {
	var html, summary bytes.Buffer
	if err := view.ConversionHTML(&html, s); err != nil {
		return nil, err
	}
	if err := view.ConversionJSON(&summary, s); err != nil {
		return nil, err
	}
	out := render.Files{
		{Path: reportFolder + "summary.html", Data: html.Bytes()},
		{Path: reportFolder + "summary.json", Data: summary.Bytes()},
	}
	for _, r := range results {
		data, err := ledgerJSON(r)
		if err != nil {
			return nil, err
		}
		out = append(out, render.File{Path: reportFolder + "services/" + r.Namespace + "/" + r.Name + ".json", Data: data})
	}
	return out, nil
}

// ledgerJSON is the ledger of one service, with its questions and what was answered.
func ledgerJSON(r convert.Result) ([]byte, error) {
	v := struct {
		APIVersion string            `json:"apiVersion"`
		Account    string            `json:"account,omitempty"`
		Region     string            `json:"region,omitempty"`
		Cluster    string            `json:"cluster"`
		Service    string            `json:"service"`
		Namespace  string            `json:"namespace"`
		Name       string            `json:"name"`
		Fields     []ledger.Entry    `json:"fields"`
		Decisions  []ledger.Decision `json:"decisions"`
	}{
		"tranship.dev/ledger/v1", r.Account, r.Region, r.Cluster, r.Service, r.Namespace, r.Name, r.Entries, r.Decisions,
	}
	if v.Fields == nil {
		v.Fields = []ledger.Entry{}
	}
	if v.Decisions == nil {
		v.Decisions = []ledger.Decision{}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}
