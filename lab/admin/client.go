package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/tranship/tranship/lab/fault"
)

// Client speaks to a lab's door.
type Client struct {
	endpoint, token string
	http            *http.Client
}

// NewClient is a client for adminEndpoint and adminToken of a ready file.
func NewClient(endpoint, token string) (*Client, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" || !loopback(u.Host) {
		return nil, fmt.Errorf("the admin endpoint %q is not http:// with a loopback address", endpoint)
	}
	return &Client{
		endpoint: "http://" + u.Host, token: token,
		// No proxy: AWS's endpoint may be set as one.
		http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}, nil
}

// State asks how the lab is.
func (c *Client) State(ctx context.Context) (s State, err error) {
	err = c.do(ctx, http.MethodGet, "/v1/state", nil, &s)
	return s, err
}

// AddFault makes a fault active.
func (c *Client) AddFault(ctx context.Context, f fault.Fault) (a fault.Active, err error) {
	err = c.do(ctx, http.MethodPost, "/v1/faults", f, &a)
	return a, err
}

// RemoveFault ends a fault.
func (c *Client) RemoveFault(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodDelete, "/v1/faults/"+url.PathEscape(id), nil, nil)
}

// ClearFaults ends every fault and says how many those were.
func (c *Client) ClearFaults(ctx context.Context) (int, error) {
	var d Done
	err := c.do(ctx, http.MethodDelete, "/v1/faults", nil, &d)
	return d.Count, err
}

// KillTask kills the container of an ECS task.
func (c *Client) KillTask(ctx context.Context, id string) error {
	return c.do(ctx, http.MethodPost, "/v1/tasks/"+url.PathEscape(id)+"/kill", nil, nil)
}

// Pod does something to a pod.
func (c *Client) Pod(ctx context.Context, namespace, name string, act PodAct) error {
	return c.do(ctx, http.MethodPost, "/v1/pods/"+url.PathEscape(namespace)+"/"+url.PathEscape(name)+"/"+string(act), nil, nil)
}

// Zone loses an availability zone, or restores it.
func (c *Client) Zone(ctx context.Context, name string, lost bool) error {
	act := "restore"
	if lost {
		act = "lose"
	}
	return c.do(ctx, http.MethodPost, "/v1/zones/"+url.PathEscape(name)+"/"+act, nil, nil)
}

// do makes one call. An error says what the lab said, and what to do.
func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.endpoint+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("the lab does not answer; is it running? %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("the lab's answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		var p Problem
		if json.Unmarshal(b, &p) != nil || p.Error == "" {
			p.Error = resp.Status
		}
		return fmt.Errorf("the lab refuses: %s; %s", p.Error, p.Do)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("the lab's answer: %w", err)
	}
	return nil
}
