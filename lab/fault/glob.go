package fault

// glob matches a whole name: * stands for any characters, also none, and ? for
// one. An empty pattern matches everything.
func glob(pattern, name string) bool {
	if pattern == "" || pattern == "*" {
		return true
	}
	p, n := 0, 0
	star, back := -1, 0 // the last * and where it began to match
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, back = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			back++
			p, n = star+1, back
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
