// This file tests that records whose layout is given are not passed by value.

package ffi

import (
	"strings"
	"testing"

	"dlsh/types"
)

func TestGivenIsNotPassed(t *testing.T) {
	class := types.StructOf("class", types.Field{Name: "n", Type: types.Of(types.Int)})
	class.Record.Given = &types.Given{Size: 16, Align: 8, Fields: []types.FieldLayout{{Offset: 8, Size: 4}}, Why: "it is a class of C++"}
	holder := types.StructOf("holder", types.Field{Name: "c", Type: types.ArrayOf(class, 2)})
	for _, layout := range []func(*types.Target, Signature) (layout, error){sysvLayout, aapcs64Layout} {
		for _, ty := range []*types.Type{class, holder, {Kind: types.Typedef, Name: "class_t", Elem: class}} {
			_, err := layout(types.LinuxAMD64, Signature{Result: types.Of(types.Void), Params: []*types.Type{ty}, Fixed: 1})
			if err == nil || !strings.Contains(err.Error(), "cannot be passed by value: it is a class of C++; pass a pointer") {
				t.Errorf("%s as an argument: %v", ty, err)
			}
			_, err = layout(types.LinuxAMD64, Signature{Result: ty})
			if err == nil || !strings.Contains(err.Error(), "cannot be returned by value: it is a class of C++") {
				t.Errorf("%s as a result: %v", ty, err)
			}
			if _, err := layout(types.LinuxAMD64, Signature{Result: types.PointerTo(ty)}); err != nil {
				t.Errorf("a pointer to %s: %v", ty, err)
			}
		}
	}
}
