package cutover

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A task leaves a name and comes back as it likes, and reads come as they like,
// with the revision or without. Whenever one finds the task absent, the proved
// absence is no longer than the true one; and with a revision that is read
// again unchanged it is no shorter than what the reads can know.
func TestAbsenceIsNeverTooLong(t *testing.T) {
	const quick = 10 * time.Second // coming or going takes longer
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
		var (
			in       = true
			seenIn   = true
			came     time.Time
			left     time.Time // when it truly left last
			revision = int64(1)
			lastRead time.Time
			known    *Absence
			first    = map[int64]time.Time{} // the first read since it left that found it absent with this revision
		)
		t.Repeat(map[string]func(*rapid.T){
			"": func(*rapid.T) {},
			"time": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.Int64Range(1, 30_000).Draw(t, "ms")) * time.Millisecond)
			},
			"leaves": func(t *rapid.T) {
				if !in || !seenIn && now.Sub(came) <= quick {
					t.Skip() // it is withdrawn when it is seen, and goes by itself no quicker than it comes
				}
				in, left, revision, first = false, now, revision+1, map[int64]time.Time{}
			},
			"returns": func(t *rapid.T) {
				if in || now.Sub(left) <= quick {
					t.Skip()
				}
				in, came, seenIn, revision = true, now, false, revision+1
			},
			"another comes": func(*rapid.T) { revision++ },
			"read": func(t *rapid.T) {
				seen := rapid.SampledFrom([]int64{revision, revision, 0}).Draw(t, "revision")
				watched := now.Sub(lastRead) <= quick
				lastRead = now
				if in {
					known, seenIn = nil, true
					return
				}
				next := Absence{ID: "task-1", Since: now, Revision: seen}
				if known != nil {
					next = known.next(now, seen, watched, false)
				}
				known = &next
				if next.Since.Before(left) {
					t.Fatalf("proved absent since %s, but it left at %s", next.Since, left)
				}
				if seen == 0 {
					return
				}
				if at, ok := first[seen]; ok && next.Revision == seen && next.Since.After(at) {
					t.Fatalf("absent with revision %d since %s, proved only since %s", seen, at, next.Since)
				} else if !ok {
					first[seen] = now
				}
			},
		})
	})
}
