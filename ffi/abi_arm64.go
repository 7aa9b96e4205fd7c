// This file defines which calling convention arm64 machines use.

package ffi

import (
	"fmt"
	"runtime"

	"dlsh/types"
)

func hostLayout(sig Signature) (layout, error) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		return layout{}, fmt.Errorf("calls into C are not supported on %s/%s yet", runtime.GOOS, runtime.GOARCH)
	}
	return aapcs64Layout(types.Host(), sig)
}
