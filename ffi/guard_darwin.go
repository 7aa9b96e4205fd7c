// This file defines what a slot is to know of its thread on macOS: nothing, for there is no guard.

package ffi

func (s *slot) knowThread() {}
