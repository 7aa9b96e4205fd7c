// This file defines which calling convention amd64 machines use.

package ffi

import (
	"fmt"

	"dlsh/types"
)

func hostLayout(sig Signature) (layout, error) {
	t := types.Host()
	if t.OS != "linux" && t.OS != "darwin" {
		return layout{}, fmt.Errorf("calls into C are not supported on %s yet", t)
	}
	return sysvLayout(t, sig)
}
