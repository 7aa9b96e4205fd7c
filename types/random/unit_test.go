// This file tests units against themselves, C against C: what one half of a unit passes, the other half gets.

package random

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"dlsh/types"
)

// A compiler that disagrees with itself, or a unit that checks the wrong thing, must not be taken for a
// mistake of dlsh's: every drive calls the function of its own case, at two levels of optimization.
func TestUnitsAgreeHost(t *testing.T)  { testUnitsAgree(t, types.Host()) }
func TestUnitsAgreeARM64(t *testing.T) { testUnitsAgree(t, types.LinuxARM64) }

func testUnitsAgree(t *testing.T, target *types.Target) {
	c := FindCompiler(t, target)
	for i, level := range []string{"-O0", "-O1"} {
		u := NewUnit(target, Seed(t)+uint64(i), 120, 0, 80)
		u.DriveAll()
		for _, line := range selfCheck(t, c, u, level) {
			t.Error(line)
		}
	}
}

// selfCheck makes a program of a unit and gives the cases that do not agree with themselves.
func selfCheck(t *testing.T, c *Compiler, u *Unit, level string) (wrong []string) {
	t.Helper()
	folder := t.TempDir()
	source := u.Source() + selfMain
	c.Build(t, folder, Source{Name: "unit", Text: source, Options: []string{level}})
	out, err := c.Command(filepath.Join(folder, "unit"), fmt.Sprint(len(u.Cases))).Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, line := range strings.Fields(string(out)) {
		var n int
		var argument int
		fmt.Sscanf(line, "%d:%d", &n, &argument)
		wrong = append(wrong, fmt.Sprintf("%s: %d differs\n%s", level, argument, u.Describe(&u.Cases[n])))
	}
	return wrong
}

const selfMain = `
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
	for (int i = 0; i < atoi(argv[1]); i++) {
		if (!functions[i].drive)
			continue;
		mismatch_count = 0;
		((void (*)(void *))functions[i].drive)(functions[i].call);
		for (int k = 0; k < mismatch_count && k < 16; k++)
			printf("%d:%d\n", i, mismatches[k].argument);
	}
	return 0;
}
`
