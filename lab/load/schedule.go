package load

import "math/rand/v2"

// job is one arrival.
type job struct {
	client *client
	target int
}

// schedule says who asks whom next. Habits take turns by their shares, and each
// habit goes round all services in a seeded order of its own, so that no pair of
// them is left without a request for long; the client is random.
type schedule struct {
	share, credit []float64
	total         float64
	clients       [][]*client
	order         [][]int
	at            []int
	random        *rand.Rand
}

func newSchedule(c Config, clients [][]*client) *schedule {
	s := &schedule{
		clients: clients,
		random:  rand.New(rand.NewPCG(c.Seed, 1<<63)), //nolint:gosec // replay, not secrecy
	}
	for _, h := range Habits() {
		s.share = append(s.share, c.Mix[h])
		s.total += c.Mix[h]
		s.order = append(s.order, s.random.Perm(len(c.Targets)))
	}
	s.credit = make([]float64, len(s.share))
	s.at = make([]int, len(s.share))
	return s
}

func (s *schedule) next() job {
	best := 0
	for i := range s.share {
		s.credit[i] += s.share[i]
		if s.credit[i] > s.credit[best] {
			best = i
		}
	}
	s.credit[best] -= s.total
	target := s.order[best][s.at[best]]
	s.at[best] = (s.at[best] + 1) % len(s.order[best])
	return job{s.clients[best][s.random.IntN(len(s.clients[best]))], target}
}
