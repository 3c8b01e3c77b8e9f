package cutover

// Split is how many of each side are in the name.
type Split struct{ EKS, ECS int }

// Share is the share of EKS addresses in percent, rounded to the nearest.
func (s Split) Share() int {
	n := s.EKS + s.ECS
	if n == 0 {
		return 0
	}
	return (200*s.EKS + n) / (2 * n)
}

// Nearest is the split that comes nearest to a wished share of EKS addresses
// with pods and tasks to choose from. Cloud Map has no weights: the share
// follows the counts, so with few of them it is coarse. It adds pods before it
// takes tasks away, and never leaves fewer than floor in the name if the counts
// allow that many.
func Nearest(pods, tasks, share, floor int) Split {
	pods, tasks, floor = max(0, pods), max(0, tasks), max(1, floor)
	share = min(max(share, 0), 100)
	if share == 100 || tasks == 0 {
		return Split{EKS: pods, ECS: min(tasks, max(0, floor-pods))}
	}
	var best Split
	consider := func(s Split) {
		if s.EKS+s.ECS == 0 || s.EKS+s.ECS < min(floor, pods+tasks) {
			return
		}
		if best == (Split{}) || nearer(s, best, share) {
			best = s
		}
	}
	for n := 0; n <= pods; n++ {
		consider(Split{EKS: n, ECS: tasks})
	}
	for left := tasks - 1; left >= 0; left-- {
		consider(Split{EKS: pods, ECS: left})
	}
	return best
}

// nearer says whether a is nearer to the wished share than b. It needs no
// division, so the answer is the same on every machine.
func nearer(a, b Split, share int) bool {
	off := func(s Split) int {
		d := 100*s.EKS - share*(s.EKS+s.ECS)
		return max(d, -d)
	}
	return off(a)*(b.EKS+b.ECS) < off(b)*(a.EKS+a.ECS)
}

// splits are the steps of a Shift with these counts: first one pod in and
// nothing out, then the wished shares, at last everything.
func splits(steps []Step, pods, tasks, floor int) []Split {
	out := []Split{{EKS: min(1, pods), ECS: tasks}}
	last := out[0]
	for _, st := range steps {
		s := Nearest(pods, tasks, st.Share, floor)
		// Steps only go forward.
		s.EKS, s.ECS = max(s.EKS, last.EKS), min(s.ECS, last.ECS)
		out = append(out, s)
		last = s
	}
	if n := len(steps); n > 0 && steps[n-1].Share >= 100 {
		return out
	}
	return append(out, Nearest(pods, tasks, 100, floor))
}

// soakOf is how long step k is watched.
func soakOf(steps []Step, k int) Step {
	switch {
	case len(steps) == 0:
		return Step{}
	case k == 0:
		return steps[0]
	case k-1 < len(steps):
		return steps[k-1]
	}
	return steps[len(steps)-1]
}
