// This file makes the tests independent of the debug files that are installed: C's own functions have no types then.

package lua

import (
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if _, set := os.LookupEnv("DLSH_DEBUG_FOLDERS"); !set {
		os.Setenv("DLSH_DEBUG_FOLDERS", "")
	}
	os.Exit(m.Run())
}
