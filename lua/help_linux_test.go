// This file tests what help says of functions.

package lua

import (
	"strings"
	"testing"
)

func TestHelpOnCallbacks(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	evalLua(t, s, `T = ctypes.CFUNCTYPE("int", "int"); function double(x) return 2 * x end; cb = T(double)
		flagged = T("abs", ctypes.CDLL(nil), {{1, "x", 7}})`)
	for _, row := range []struct{ about, says string }{
		{"cb", "runs the Lua function; keep this value as long as C may call it"},
		{"cb", "what C gets when the Lua function fails, zero unless it is set"},
		{"flagged", "called as abs(int x = number 7)"},
	} {
		if text, err := s.Help(row.about); err != nil || !strings.Contains(text, row.says) || strings.Contains(text, "argtypes") {
			t.Errorf("help(%s) does not say %q, but (%v)\n%s", row.about, row.says, err, text)
		}
	}
}
