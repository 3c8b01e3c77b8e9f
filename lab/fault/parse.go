package fault

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Parse reads a fault as it stands in a flag:
//
//	KIND[:SERVICE[:OPERATION[:RESOURCE]]][,next=N|,every=N|,chance=P][,for=D][,delay=D][,code=C]
//	KIND[:RESOURCE][,next=N|,every=D][,for=D][,delay=D]     for tasks, pods and zones
//
// as in throttle:servicediscovery:RegisterInstance,every=10 or
// lose-zone:ap-south-1a,delay=20s. String writes the same.
func Parse(s string) (Fault, error) {
	head, rest, more := strings.Cut(s, ",")
	kind, names, _ := strings.Cut(head, ":")
	f := Fault{Kind: Kind(strings.TrimSpace(kind))}
	if where, _ := f.Kind.Where(); where == InWorld {
		f.Resource = names
	} else {
		// A resource may be an ARN, which has colons of its own.
		parts := strings.SplitN(names, ":", 3)
		for i, to := range []*string{&f.Service, &f.Operation, &f.Resource} {
			if i < len(parts) {
				*to = parts[i]
			}
		}
	}
	for more {
		var option string
		option, rest, more = strings.Cut(rest, ",")
		if err := f.set(option); err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", s, err)
		}
	}
	if err := f.Check(); err != nil {
		return Fault{}, err
	}
	return f, nil
}

func (f *Fault) set(option string) (err error) {
	key, value, ok := strings.Cut(strings.TrimSpace(option), "=")
	if !ok || value == "" {
		return fmt.Errorf("%q is not of the form name=value: %w", option, ErrInvalid)
	}
	duration := func(to *Duration) {
		var d time.Duration
		d, err = time.ParseDuration(value)
		*to = Duration(d)
	}
	switch key {
	case "next":
		f.Next, err = strconv.Atoi(value)
	case "every":
		// A number counts calls, a time is a time.
		if f.Every, err = strconv.Atoi(value); err != nil {
			f.Every = 0
			duration(&f.Period)
		}
	case "chance":
		f.Chance, err = strconv.ParseFloat(value, 64)
	case "for":
		duration(&f.For)
	case "delay":
		duration(&f.Delay)
	case "code":
		f.Code = value
	default:
		return fmt.Errorf("%q is none of next, every, chance, for, delay, code: %w", key, ErrInvalid)
	}
	if err != nil {
		return fmt.Errorf("%s=%s: %w: %w", key, value, err, ErrInvalid)
	}
	return nil
}

// String writes the fault as Parse reads it.
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(string(f.Kind))
	names := []string{f.Service, f.Operation, f.Resource}
	if where, _ := f.Kind.Where(); where == InWorld {
		names = names[2:]
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	for _, n := range names {
		b.WriteString(":" + n)
	}
	option := func(key string, there bool, value string) {
		if there {
			b.WriteString("," + key + "=" + value)
		}
	}
	option("next", f.Next != 0, strconv.Itoa(f.Next))
	option("every", f.Every != 0, strconv.Itoa(f.Every))
	option("every", f.Period != 0, f.Period.String())
	option("chance", f.Chance != 0, strconv.FormatFloat(f.Chance, 'g', -1, 64))
	option("for", f.For != 0, f.For.String())
	option("delay", f.Delay != 0, f.Delay.String())
	option("code", f.Code != "", f.Code)
	return b.String()
}
