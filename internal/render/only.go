package render

// Only are the changes of some of the files, for whoever shows them.
func (c Changes) Only(these func(path string) bool) Changes {
	var out Changes
	for _, e := range c.edits {
		if these(e.path) {
			out.edits = append(out.edits, e)
		}
	}
	return out
}
