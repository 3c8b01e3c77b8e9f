package admin

import (
	"net/http"
	"time"

	"github.com/tranship/tranship/lab/fault"
)

// Done is the answer where there is nothing else to say.
type Done struct {
	Done  string `json:"done"`
	Count int    `json:"count,omitempty"`
}

func (h *handler) state(r *http.Request) (any, error) {
	s, err := h.World.State(r.Context())
	if err != nil {
		return nil, err
	}
	s.Now, s.Faults = h.Now(), h.Faults.List(h.Now())
	// Lists are lists, also when they are empty.
	if s.Services == nil {
		s.Services = []Service{}
	}
	if s.Tasks == nil {
		s.Tasks = []Task{}
	}
	if s.Pods == nil {
		s.Pods = []Pod{}
	}
	if s.Zones == nil {
		s.Zones = []Zone{}
	}
	return s, nil
}

func (h *handler) list(*http.Request) (any, error) { return h.Faults.List(h.Now()), nil }

func (h *handler) add(r *http.Request) (any, error) {
	var in struct {
		Text string `json:"fault"`
		fault.Fault
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	f := in.Fault
	if in.Text != "" {
		if f != (fault.Fault{}) {
			return nil, refusal{http.StatusBadRequest, "the fault is given twice, as text and in members", "send one of them"}
		}
		var err error
		if f, err = fault.Parse(in.Text); err != nil {
			return nil, err
		}
	}
	return h.Faults.Add(h.Now(), f)
}

func (h *handler) remove(r *http.Request) (any, error) {
	id := r.PathValue("id")
	if err := h.Faults.Remove(h.Now(), id); err != nil {
		return nil, err
	}
	return Done{Done: "fault " + id + " is over"}, nil
}

func (h *handler) clear(*http.Request) (any, error) {
	return Done{Done: "every fault is over", Count: h.Faults.Clear(h.Now())}, nil
}

func (h *handler) killTask(r *http.Request) (any, error) {
	id := r.PathValue("id")
	if err := h.World.KillTask(r.Context(), id); err != nil {
		return nil, err
	}
	return Done{Done: "the container of task " + id + " is killed"}, nil
}

func (h *handler) pod(r *http.Request) (any, error) {
	namespace, name, act := r.PathValue("namespace"), r.PathValue("name"), PodAct(r.PathValue("act"))
	switch act {
	case KillPod, UnreadyPod, ReadyPod:
	default:
		return nil, refusal{http.StatusNotFound, "a pod knows no " + clip(string(act)), "use kill, unready or ready"}
	}
	if err := h.World.Pod(r.Context(), namespace, name, act); err != nil {
		return nil, err
	}
	return Done{Done: "pod " + namespace + "/" + name + ": " + string(act)}, nil
}

func (h *handler) zone(r *http.Request) (any, error) {
	zone, act := r.PathValue("zone"), r.PathValue("act")
	if act != "lose" && act != "restore" {
		return nil, refusal{http.StatusNotFound, "a zone knows no " + clip(act), "use lose or restore"}
	}
	if err := h.World.Zone(r.Context(), zone, act == "lose"); err != nil {
		return nil, err
	}
	return Done{Done: "zone " + zone + ": " + act}, nil
}

func (h *handler) advance(r *http.Request) (any, error) {
	var in struct {
		By fault.Duration `json:"by"`
	}
	if err := read(r, &in); err != nil {
		return nil, err
	}
	switch {
	case h.Advance == nil:
		return nil, refusal{http.StatusConflict, "time is real in this lab", "wait"}
	case in.By <= 0:
		return nil, refusal{http.StatusBadRequest, "time goes forward only", `send {"by": "10s"}`}
	}
	if err := h.Advance(time.Duration(in.By)); err != nil {
		return nil, err
	}
	return Done{Done: "time went on by " + in.By.String()}, nil
}
