package cli

import (
	"errors"
	"fmt"
	"strings"
)

// Code is an exit code. They are published in the help of the root command.
type Code int

// The codes.
const (
	CodeFine            Code = 0
	CodeFailed          Code = 1
	CodeUsage           Code = 2
	CodePreflightFailed Code = 3
	CodeRolledBack      Code = 4
	CodeNeedsPerson     Code = 5
	CodeTimedOut        Code = 6
	CodeIncomplete      Code = 7
	CodeInterrupted     Code = 130
)

// codes in the order and in the words of the help.
var codes = []struct {
	code Code
	text string
}{
	{CodeFine, "fine"},
	{CodeFailed, "error"},
	{CodeUsage, "wrong usage"},
	{CodePreflightFailed, "preflight failed"},
	{CodeRolledBack, "rolled back"},
	{CodeNeedsPerson, "waiting for a person"},
	{CodeTimedOut, "timed out"},
	{CodeIncomplete, "conversion incomplete, with --strict"},
	{CodeInterrupted, "interrupted"},
}

// ExitError is an error that knows its exit code. Err may be nil: then all was
// said already.
type ExitError struct {
	Code Code
	Err  error
}

// Error implements error.
func (e *ExitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

// Unwrap gives errors.Is and errors.As the cause.
func (e *ExitError) Unwrap() error { return e.Err }

func exit(code Code, format string, args ...any) error {
	return &ExitError{Code: code, Err: fmt.Errorf(format, args...)}
}

func usagef(format string, args ...any) error { return exit(CodeUsage, format, args...) }

// ExitCode of an error: CodeFine for nil, CodeFailed for one that does not know.
func ExitCode(err error) Code {
	if err == nil {
		return CodeFine
	}
	if e, ok := errors.AsType[*ExitError](err); ok {
		return e.Code
	}
	return CodeFailed
}

// sentences joins errors into one line; nil without any.
func sentences(errs ...error) error {
	err := errors.Join(errs...)
	if err == nil {
		return nil
	}
	return errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
}

// Ends of a context that are not the caller's fault.
var (
	errInterrupted = &ExitError{Code: CodeInterrupted, Err: errors.New("interrupted")}
	errTimedOut    = &ExitError{Code: CodeTimedOut, Err: errors.New("timed out")}
)
