// Package view turns the state of migrations into what is printed: table, wide
// table, JSON, YAML and progress lines. It renders a small model of its own and
// knows no client, clock or terminal: time, width and colour are inputs, and the
// same input gives the same bytes.
package view
