// This file defines what happens where there is no trampoline: a clear refusal.

//go:build !((linux || darwin) && (amd64 || arm64))

package ffi

import (
	"fmt"
	"runtime"
)

func hostLayout(Signature) (layout, error) {
	return layout{}, fmt.Errorf("calls into C are not supported on %s/%s yet", runtime.GOOS, runtime.GOARCH)
}
