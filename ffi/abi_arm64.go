// This file defines which calling convention arm64 machines use.

//go:build linux || darwin

package ffi

import "dlsh/types"

func hostLayout(sig Signature) (layout, error) { return aapcs64Layout(types.Host(), sig) }
