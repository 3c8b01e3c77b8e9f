package cli

import (
	"io"
	"log/slog"

	"github.com/go-logr/logr"
)

// levels are the values of --log-level; the last three are those that only
// ExternalDNS knows.
var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	"warning": slog.LevelWarn, "fatal": slog.LevelError, "panic": slog.LevelError,
}

// newLog writes structured lines: JSON, unless the format is text.
func newLog(w io.Writer, format, level string) logr.Logger {
	h := &slog.HandlerOptions{Level: levels[level]}
	if format == "text" {
		return logr.FromSlogHandler(slog.NewTextHandler(w, h))
	}
	return logr.FromSlogHandler(slog.NewJSONHandler(w, h))
}
