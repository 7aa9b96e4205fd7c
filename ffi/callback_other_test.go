// This file tests that callbacks are refused where there are none.

//go:build !((linux || darwin) && (amd64 || arm64))

package ffi

import (
	"runtime"
	"testing"
)

func TestCallbackRefused(t *testing.T) {
	want := "callbacks are not supported on " + runtime.GOOS + "/" + runtime.GOARCH + " yet"
	if _, err := NewCallback(sig(t, "int", "int"), "f", nil); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
