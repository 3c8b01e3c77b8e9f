package cloud

import "time"

// event is something that happens by itself at a time after Start.
type event struct {
	at  time.Duration
	seq uint64 // events of one time run in the order in which they were made
	run func()
}

// queue is a binary heap of events, soonest first.
type queue struct {
	heap []event
	seq  uint64
}

func (e event) before(o event) bool {
	return e.at < o.at || e.at == o.at && e.seq < o.seq
}

func (q *queue) push(at time.Duration, run func()) {
	q.seq++
	q.heap = append(q.heap, event{at, q.seq, run})
	i := len(q.heap) - 1
	for i > 0 {
		p := (i - 1) / 2
		if !q.heap[i].before(q.heap[p]) {
			break
		}
		q.heap[i], q.heap[p] = q.heap[p], q.heap[i]
		i = p
	}
}

func (q *queue) pop() event {
	h := q.heap
	top, n := h[0], len(h)-1
	h[0] = h[n]
	h[n] = event{}
	q.heap = h[:n]
	h = q.heap
	for i := 0; ; {
		l := 2*i + 1
		if l >= n {
			break
		}
		if r := l + 1; r < n && h[r].before(h[l]) {
			l = r
		}
		if !h[l].before(h[i]) {
			break
		}
		h[i], h[l] = h[l], h[i]
		i = l
	}
	return top
}
