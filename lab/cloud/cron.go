package cloud

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// cron is a schedule of six fields: minutes, hours, day of month, month, day
// of week (1 is Sunday) and year. Values, lists, ranges, steps, names, *, ?,
// and L as the day of month; W and # are not known here.
// https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
type cron struct {
	minutes, hours, days, months, weekdays, years []bool
	last                                          bool // L: the last day of the month
	anyDay, anyWeekday                            bool
}

// cronYear is the first year of the field.
const cronYear = 1970

func parseCron(text string) (*cron, error) {
	f := strings.Fields(text)
	if len(f) != 6 {
		return nil, fmt.Errorf("%d fields, not six", len(f))
	}
	c := &cron{anyDay: f[2] == "*" || f[2] == "?", anyWeekday: f[4] == "*" || f[4] == "?"}
	if (f[2] == "?") == (f[4] == "?") {
		return nil, fmt.Errorf("one of day of month and day of week must be ?")
	}
	if c.last = f[2] == "L"; c.last {
		f[2] = "?"
	}
	var err error
	for _, one := range []struct {
		to     *[]bool
		text   string
		lo, hi int
		names  string
	}{
		{&c.minutes, f[0], 0, 59, ""}, {&c.hours, f[1], 0, 23, ""}, {&c.days, f[2], 1, 31, ""},
		{&c.months, f[3], 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"},
		{&c.weekdays, f[4], 1, 7, "SUN MON TUE WED THU FRI SAT"}, {&c.years, f[5], cronYear, 2199, ""},
	} {
		if *one.to, err = cronField(one.text, one.lo, one.hi, strings.Fields(one.names)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// cronField says for each value from lo to hi whether the field lets it.
func cronField(text string, lo, hi int, names []string) ([]bool, error) {
	out := make([]bool, hi-lo+1)
	number := func(s string) (int, error) {
		for i, n := range names {
			if strings.EqualFold(s, n) {
				return lo + i, nil
			}
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < lo || n > hi {
			return 0, fmt.Errorf("%q is not between %d and %d", s, lo, hi)
		}
		return n, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		span, stepText, stepped := strings.Cut(part, "/")
		from, to, step := lo, hi, 1
		var err error
		if span != "*" && span != "?" {
			first, second, ranged := strings.Cut(span, "-")
			if from, err = number(first); err != nil {
				return nil, err
			}
			switch {
			case ranged:
				if to, err = number(second); err != nil {
					return nil, err
				}
			case !stepped:
				to = from
			}
		}
		if stepped {
			if step, err = strconv.Atoi(stepText); err != nil || step < 1 {
				return nil, fmt.Errorf("%q is no step", stepText)
			}
		}
		for n := from; n <= to; n += step {
			out[n-lo] = true
		}
	}
	return out, nil
}

// day says whether the schedule lets a day.
func (c *cron) day(t time.Time) bool {
	y := t.Year() - cronYear
	if y < 0 || y >= len(c.years) || !c.years[y] || !c.months[t.Month()-1] {
		return false
	}
	switch {
	case c.last:
		return t.AddDate(0, 0, 1).Day() == 1
	case c.anyDay && c.anyWeekday:
		return true
	case c.anyDay:
		return c.weekdays[t.Weekday()]
	}
	return c.days[t.Day()-1]
}

// next is the first time after t, in t's zone.
func (c *cron) next(t time.Time) (time.Time, bool) {
	zone := t.Location()
	y, m, d := t.Date()
	for n := range 5 * 366 {
		// Noon is a time that each day has.
		noon := time.Date(y, m, d+n, 12, 0, 0, 0, zone)
		if !c.day(noon) {
			continue
		}
		for h, ok := range c.hours {
			if !ok {
				continue
			}
			for minute, ok := range c.minutes {
				at := time.Date(noon.Year(), noon.Month(), noon.Day(), h, minute, 0, 0, zone)
				if ok && at.After(t) {
					return at, true
				}
			}
		}
	}
	return time.Time{}, false
}
