// This file defines spotAt and whose where there is no fault guard.

//go:build !linux

package ffi

func spotAt(pc uintptr, isReturn bool) Spot { return Spot{PC: pc} }

func whose(addr, sp uintptr, access string, r *Registers) string { return "" }
