package convert

import "testing"

func TestCronOf(t *testing.T) {
	tests := map[string]string{
		"cron(0 7 ? * MON-FRI *)":  "0 7 * * MON-FRI",
		"cron(0/15 8 * * 2-6 *)":   "0/15 8 * * 1-5",
		"cron(0 0 1 * ? *)":        "0 0 1 * *",
		"cron(0 0 L * ? *)":        "",
		"cron(0 0 ? * 6#3 *)":      "",
		"cron(0 0 ? * 6L *)":       "",
		"cron(0 0 ? * * 2027)":     "",
		"cron(0 0 ? * *)":          "",
		"rate(5 minutes)":          "",
		"at(2027-01-01T00:00:00)":  "",
		"":                         "",
		"cron(0 22 ? * SUN,SAT *)": "0 22 * * SUN,SAT",
	}
	for text, want := range tests {
		if got, ok := cronOf(text); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", text, got, ok, want)
		}
	}
}

// What can't be translated is an error, never a term that allows something else.
func TestQueryOf(t *testing.T) {
	tests := map[string]int{ // how many terms; 0: refused
		"attribute:ecs.instance-type == m5.large":                                                                         1,
		"attribute:ecs.availability-zone in [a, b] or attribute:ecs.os-type == linux":                                     2,
		"(attribute:ecs.os-type == linux or attribute:ecs.os-type == windows) and attribute:ecs.instance-type != t3.nano": 2,
		"attribute:ecs.instance-type exists":                                                                              1,
		"attribute:ecs.instance-type !in [a]":                                                                             1,
		"attribute:ecs.instance-type =~ g4.*":                                                                             0,
		"attribute:stack == prod":                                                                                         0,
		"task:group == service:x":                                                                                         0,
		"not(attribute:ecs.os-type == linux)":                                                                             0,
		"attribute:ecs.os-type == ":                                                                                       0,
		"(attribute:ecs.os-type == linux":                                                                                 0,
		"attribute:ecs.os-type in [a":                                                                                     0,
		"attribute:ecs.os-type == linux attribute:x":                                                                      0,
		"attribute:ecs.os-type == not/a/label":                                                                            0,
		"agentConnected == true":                                                                                          0,
		"":                                                                                                                0,
	}
	for text, want := range tests {
		terms, err := queryOf(text)
		if (err == nil) != (want > 0) || err == nil && len(terms) != want {
			t.Errorf("%q: %d terms, %v, want %d", text, len(terms), err, want)
		}
	}
}
