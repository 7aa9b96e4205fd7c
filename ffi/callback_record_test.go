// This file tests callbacks with records, by layouts written out: what a classifier says is not in question here.

//go:build (linux || darwin) && (amd64 || arm64)

package ffi

import (
	"bytes"
	"testing"
)

// recordRow is a C function that calls f and returns 1 if all was right.
type recordRow struct {
	name   string
	layout layout
	size   int      // of a result in memory
	args   [][]byte // what f must be given
	result []byte   // what f gives
}

func TestCallbackRecords(t *testing.T) {
	ownThread(t)
	lib := compileC(t, recordC)
	for _, row := range recordRows {
		t.Run(row.name, func(t *testing.T) {
			ownThread(t)
			calls := 0
			c, err := makeCallback(row.layout, row.size, false, row.name, func(in *Incoming) {
				calls++
				for i, want := range row.args {
					got := make([]byte, len(want))
					in.Bytes(i, got)
					if !bytes.Equal(got, want) {
						t.Errorf("argument %d is % x, want % x", i, got, want)
					}
				}
				if calls == 1 {
					in.SetBytes(row.result)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Free()
			if got := int32(callWords(t, lib(row.name), uint64(c.Addr()), 1)); got != 1 {
				t.Error("C got the wrong result")
			}
			if got := int32(callWords(t, lib(row.name), uint64(c.Addr()), 0)); got != 1 {
				t.Error("C did not get zero for a result that was not set")
			}
			if calls != 2 {
				t.Errorf("the callback ran %d times", calls)
			}
		})
	}
}
