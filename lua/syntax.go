// This file defines what is checked of a chunk between parsing and compiling it.

package lua

import (
	"fmt"
	"math/big"
	"reflect"
	"regexp"
	"strings"
	"sync"

	"github.com/yuin/gopher-lua/ast"
)

// maxSyntaxDepth is how deep a chunk may nest. gopher-lua's compiler calls itself
// once a level, and Go ends the process when that goes on for too long.
const maxSyntaxDepth = 20000

// longHex finds what may be a hexadecimal number that a double cannot hold.
var longHex = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`0[xX][0-9a-fA-F]{14,}`) })

// mayHaveLongHex spares most chunks the regular expression.
func mayHaveLongHex(src string) bool {
	return (strings.Contains(src, "0x") || strings.Contains(src, "0X")) && longHex().MatchString(src)
}

// checkSyntax refuses chunks that nest too deep to compile, and hexadecimal
// numbers that are not exact in a Lua number: gopher-lua makes 0xffffffffffffffff NaN.
// Only chunks that may have one or the other are looked through.
func checkSyntax(chunk []ast.Stmt, name string, line int, src string) error {
	if len(src) < maxSyntaxDepth && !mayHaveLongHex(src) {
		return nil
	}
	c := syntaxCheck{name: name, line: line - 1}
	c.walk(reflect.ValueOf(chunk), 0)
	return c.err
}

type syntaxCheck struct {
	name string
	line int // what to add to gopher-lua's line numbers
	err  error
}

// walk goes through a syntax tree by reflection: it has thirty kinds of node, and
// only one of them matters here.
func (c *syntaxCheck) walk(v reflect.Value, depth int) {
	if c.err != nil {
		return
	}
	if depth > 2*maxSyntaxDepth { // a level is an interface and a struct
		c.err = &Error{Message: c.name + ": the chunk nests too deep", refused: true}
		return
	}
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(*ast.NumberExpr); ok {
			c.number(n)
			return
		}
		c.walk(v.Elem(), depth+1)
	case reflect.Slice:
		for i := 0; i < v.Len(); i++ {
			c.walk(v.Index(i), depth)
		}
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			if v.Field(i).CanInterface() {
				c.walk(v.Field(i), depth)
			}
		}
	}
}

// number replaces a long hexadecimal number by the decimal one it is, or refuses it.
func (c *syntaxCheck) number(n *ast.NumberExpr) {
	if !mayHaveLongHex(n.Value) {
		return
	}
	whole, ok := new(big.Int).SetString(strings.ToLower(n.Value)[2:], 16)
	if !ok {
		return
	}
	f, accuracy := new(big.Float).SetInt(whole).Float64()
	if accuracy != big.Exact {
		c.err = &Error{Message: fmt.Sprintf("%s:%d: %s is not exact as a Lua number; write ctypes.uint64(\"%s\")",
			c.name, n.Line()+c.line, n.Value, n.Value), refused: true}
		return
	}
	n.Value = new(big.Float).SetFloat64(f).Text('f', 0)
}
