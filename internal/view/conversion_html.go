package view

import (
	"html/template"
	"io"
	"slices"

	"github.com/tranship/tranship/internal/convert/ledger"
)

// ConversionHTML writes a page that needs nothing else: no script, no font, no network.
// It leads to the services' ledgers, at services/NAMESPACE/NAME.json beside it.
func ConversionHTML(w io.Writer, c Conversion) error {
	unsupported := slices.ContainsFunc(c.Services, func(s ConvertedService) bool { return len(s.Unsupported) > 0 })
	return conversionPage.Execute(w, struct {
		Conversion
		Summary     string
		Outcomes    []ledger.Outcome
		Unsupported bool
	}{c, ConversionSummary(c), ledger.Outcomes(), unsupported})
}

var conversionPage = template.Must(template.New("conversion").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>tranship: conversion</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 72em; padding: 0 1em; color: #222; background: #fff }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25em .6em; border-bottom: 1px solid #ddd }
th.o::first-letter { text-transform: uppercase }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
li { margin: .4em 0 } code { background: #f3f3f3; padding: 0 .2em }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } th, td { border-color: #444 } code { background: #2a2a2a } a { color: #8ab4f8 } }
</style>
</head>
<body>
<h1>Conversion</h1>
<p>{{.Summary}}</p>
<table>
<tr><th>Namespace</th><th>Name</th><th>ECS service</th><th class="n">Objects</th>{{range .Outcomes}}<th class="n o">{{.}}</th>{{end}}<th class="n">Open</th></tr>
{{$outcomes := .Outcomes}}{{range $s := .Services}}<tr><td>{{.Namespace}}</td><td><a href="services/{{.Namespace}}/{{.Name}}.json">{{.Name}}</a></td><td>{{.Cluster}}/{{.Service}}</td><td class="n">{{.Objects}}</td>{{range $outcomes}}<td class="n">{{index $s.Fields .}}</td>{{end}}<td class="n">{{if .Open}}<a href="#{{.Namespace}}/{{.Name}}">{{len .Open}}</a>{{else}}0{{end}}</td></tr>
{{end}}</table>
{{if .Open}}<h2>To be decided</h2>
<p>Write the word of an answer into the file of decisions, and run <code>tranship convert</code> again.</p>
{{range .Services}}{{if .Open}}<h3 id="{{.Namespace}}/{{.Name}}">{{.Cluster}}/{{.Service}}</h3>
<ul>
{{range .Open}}<li>{{.Question}}<br><code>{{.ID}}</code><ul>{{range .Answers}}<li><code>{{.Word}}</code>: {{.Then}}</li>{{end}}</ul></li>
{{end}}</ul>
{{end}}{{end}}{{end}}{{if .Unsupported}}<h2>Unsupported</h2>
{{range .Services}}{{if .Unsupported}}<h3>{{.Cluster}}/{{.Service}}</h3>
<ul>
{{range .Unsupported}}<li><code>{{.Document}} {{.Path}}</code>: {{.Why}}</li>
{{end}}</ul>
{{end}}{{end}}{{end}}{{if .Failed}}<h2>Not converted</h2>
<ul>
{{range .Failed}}<li>{{.}}</li>
{{end}}</ul>
{{end}}</body>
</html>
`))
