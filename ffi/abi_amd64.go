// This file defines which calling convention amd64 machines use.

//go:build linux || darwin

package ffi

import "dlsh/types"

func hostLayout(sig Signature) (layout, error) { return sysvLayout(types.Host(), sig) }
