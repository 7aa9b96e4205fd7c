// This file tests that gopher-lua's private fields are where upvalues.go looks; testdata/lua/catching.lua tests what for.

package lua

import "testing"

func TestUpvaluesKnown(t *testing.T) {
	if !upvaluesKnown {
		t.Error("this version of gopher-lua keeps the locals that closures share elsewhere")
	}
}
