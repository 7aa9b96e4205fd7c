// This file defines the hooks where there is no guard that would need them.

//go:build !(linux && (amd64 || arm64))

package ffi

func installHooks() {}

func realAddress(addr uintptr) uintptr { return addr }

func hookedName(addr uintptr) string { return "" }
