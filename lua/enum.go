// This file defines ctypes.Enum: C's enums, whose values are plain numbers in Lua and have names.

package lua

import (
	"fmt"
	"math"
	"sort"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"dlsh/types"
)

// enumTable is what a type of op opInt32, opUint32 and the like knows when it is an enum.
type enumTable struct {
	list    []types.Enumerator // in order
	values  map[string]int64
	names   map[int64]string // of two names for one value the first
	members []string         // the names, in order
}

func newEnumTable(list []types.Enumerator) *enumTable {
	e := &enumTable{list: list, values: map[string]int64{}, names: map[int64]string{}}
	for _, x := range list {
		e.values[x.Name] = x.Value
		if _, ok := e.names[x.Value]; !ok {
			e.names[x.Value] = x.Name
		}
		e.members = append(e.members, x.Name)
	}
	return e
}

// newEnum is ctypes.Enum(name, enumerators [, type]).
func (s *Session) newEnum(L *glua.LState) int {
	name, ok := L.Get(1).(glua.LString)
	if !ok || !isName(string(name)) {
		raise(L, "TypeError", "Enum: argument 1: a name is wanted, such as \"Color\", not %s", describe(L.Get(1)))
	}
	list, ok := L.Get(2).(*glua.LTable)
	if !ok {
		raise(L, "TypeError", "Enum %s: argument 2: a table is wanted, such as {\"RED\", {\"GREEN\", 5}} or {RED = 0, GREEN = 5}, not %s",
			name, describe(L.Get(2)))
	}
	items, err := enumItems(list)
	if err != nil {
		raiseErr(L, "ValueError", "Enum "+string(name), err)
	}
	behind, err := s.enumBehind(L.Get(3), items)
	if err != nil {
		raiseErr(L, "ValueError", "Enum "+string(name), err)
	}
	c := &types.Type{Kind: types.Enum, Name: string(name), Elem: behind.c}
	for _, x := range items {
		c.Values = append(c.Values, types.Enumerator{Name: x.name, Value: int64(x.value.bits)})
	}
	t := s.enumType(c)
	s.enumTags[t.name] = t
	L.Push(t.ud)
	return 1
}

// enumItem is an enumerator before its type is known.
type enumItem struct {
	name  string
	value wide
}

// enumItems reads the enumerators: a list, which counts on from the value before as C does, or names with values.
func enumItems(list *glua.LTable) (items []enumItem, err error) {
	n := list.Len()
	next := wide{0, true}
	add := func(name glua.LValue, value wide) error {
		str, ok := name.(glua.LString)
		if !ok || !isName(string(str)) {
			return fmt.Errorf("an enumerator needs a name, not %s", describe(name))
		}
		for _, x := range items {
			if x.name == string(str) {
				return fmt.Errorf("%s is there twice", str)
			}
		}
		items = append(items, enumItem{string(str), value})
		return nil
	}
	for i := 1; i <= n; i++ {
		item := list.RawGetInt(i)
		if pair, ok := item.(*glua.LTable); ok {
			if pair.Len() != 2 || fields(pair) != 2 {
				return nil, fmt.Errorf("item %d: a name and its value are wanted, such as {\"BLUE\", 5}", i)
			}
			item = pair.RawGetInt(1)
			if next, err = enumValue(pair.RawGetInt(2)); err != nil {
				return nil, fmt.Errorf("item %d: %w", i, err)
			}
		} else if i > 1 {
			if next.bits == math.MaxUint64 && !next.signed {
				return nil, fmt.Errorf("item %d: no integer type holds the number after %s", i, next.text(10))
			}
			next = wide{next.bits + 1, next.signed && next.bits != math.MaxInt64}
		}
		if err := add(item, next); err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
	}
	if n > 0 && fields(list) != n {
		return nil, fmt.Errorf("either a list of names or names with values, not both in one; {\"BLUE\", 5} gives a value in a list")
	}
	if n > 0 {
		return items, nil
	}
	list.ForEach(func(k, v glua.LValue) {
		value, bad := enumValue(v)
		if bad == nil {
			bad = add(k, value)
		}
		if bad != nil && err == nil {
			err = fmt.Errorf("%s: %w", k, bad)
		}
	})
	if err == nil && len(items) == 0 {
		err = fmt.Errorf("there are no enumerators")
	}
	sort.Slice(items, func(i, j int) bool {
		if order := items[i].value.compare(items[j].value); order != 0 {
			return order < 0
		}
		return items[i].name < items[j].name
	})
	return items, err
}

func enumValue(lv glua.LValue) (wide, error) {
	bits, room, err := wholeBits(lv, enumValueType)
	switch {
	case err != nil:
		return wide{}, fmt.Errorf("a whole number is wanted, not %s", describe(lv))
	case room == spanMore:
		return wide{}, fmt.Errorf("%s does not fit 64 bits", describe(lv))
	}
	return wide{bits, room == spanSigned}, nil
}

// enumValueType stands for the value of an enumerator in messages.
var enumValueType = &ctype{op: opInt64, name: "c_longlong", size: 8, c: types.Of(types.LongLong)}

// enumBehind is the integer type behind an enum: the one asked for, or the one gcc chooses, the first that holds all
// values of unsigned int and unsigned long, or of their signed kin where one is negative (C11 6.7.2.2p4 leaves it open).
func (s *Session) enumBehind(lv glua.LValue, items []enumItem) (*ctype, error) {
	least, most := items[0], items[0]
	for _, x := range items {
		if x.value.compare(least.value) < 0 {
			least = x
		}
		if x.value.compare(most.value) > 0 {
			most = x
		}
	}
	if lv != glua.LNil {
		t, err := s.toType(lv)
		if err != nil {
			return nil, fmt.Errorf("argument 3: %w", err)
		}
		if !t.op.integer() || t.enum != nil {
			return nil, fmt.Errorf("argument 3: an integer type is wanted, not %s", t.c)
		}
		for _, x := range []enumItem{least, most} {
			if !t.holds(x.value) {
				return nil, fmt.Errorf("%s = %s does not fit %s", x.name, x.value.text(10), t.c)
			}
		}
		return t, nil
	}
	names := []string{"c_uint", "c_ulong", "c_ulonglong"}
	if least.value.negative() {
		names = []string{"c_int", "c_long", "c_longlong"}
	}
	for _, name := range names {
		if t := s.simple[name]; t.holds(least.value) && t.holds(most.value) {
			return t, nil
		}
	}
	return nil, fmt.Errorf("no integer type holds both %s = %s and %s = %s", least.name, least.value.text(10), most.name, most.value.text(10))
}

// holds reports whether an integer type holds a number, exactly and without bending signs.
func (t *ctype) holds(w wide) bool {
	unsigned := t.op == opUint8 || t.op == opUint16 || t.op == opUint32 || t.op == opUint64
	if unsigned {
		return !w.negative() && (t.size == 8 || w.bits>>(8*uint(t.size)) == 0)
	}
	return (w.signed || w.bits>>63 == 0) && int64(extend(w.bits, t.op)) == int64(w.bits)
}

// enumType gives the one ctype of an enum.
func (s *Session) enumType(c *types.Type) *ctype {
	r := s.target.Resolve(c)
	t := &ctype{name: r.Name, c: c, size: s.target.Size(c), align: s.target.Align(c), op: s.scalarOp(r)}
	if t.name == "" {
		t.name = "enum"
		if c.Kind == types.Typedef { // typedef enum {...} color: the name there is
			t.name = c.Name
		}
	}
	if len(r.Values) == 0 {
		return s.newType(t)
	}
	key := &r.Values[0] // all qualified versions of an enum share it
	table := s.enums[key]
	if table == nil {
		// One enum may be known from several places, two libraries' debug information or a header.
		text := enumKey(t.name, r.Values)
		if table = s.enumsByText[text]; table == nil {
			table = newEnumTable(r.Values)
			s.enumsByText[text] = table
		}
		s.enums[key] = table
		if s.makingFor != nil {
			s.makingFor.enums = append(s.makingFor.enums, key)
		}
	}
	t.enum = table
	return s.newType(t)
}

// enumKey tells enums apart by their name and their enumerators (C11 6.2.7p1).
func enumKey(name string, list []types.Enumerator) string {
	var b strings.Builder
	b.WriteString(name)
	for _, x := range list {
		fmt.Fprintf(&b, " %s=%d", x.Name, x.Value)
	}
	return b.String()
}

// unknownEnum is the error for a type made of an enum that nobody declared; nil for any other type.
func (s *Session) unknownEnum(c *types.Type) error {
	for c.Elem != nil && c.Kind != types.Enum {
		c = c.Elem
	}
	if c.Kind != types.Enum || c.Elem != nil {
		return nil
	}
	var tags []string
	for name := range s.enumTags {
		tags = append(tags, name)
	}
	tags = append(tags, s.describedTags(types.Enum)...)
	return fmt.Errorf("enum %s is not known: ctypes.Enum(%q, {...}) makes it%s", c.Name, c.Name, suggest(c.Name, tags))
}

// enumBits converts what only an enum takes: the name of an enumerator. It refuses a C object of another enum; ok is
// false for everything that any integer type takes.
func (t *ctype) enumBits(lv glua.LValue) (bits uint64, ok bool, err error) {
	if name, isString := lv.(glua.LString); isString {
		v, known := t.enum.values[string(name)]
		if !known {
			hint := suggest(string(name), t.enum.members)
			if hint == "" {
				hint = "; it has " + shorten(strings.Join(t.enum.members, ", "), 60)
			}
			return 0, true, fmt.Errorf("%w%s", cannot(lv, t), hint)
		}
		return uint64(v), true, nil
	}
	if v := toValue(lv); v != nil && v.t.enum != nil && v.t.enum != t.enum {
		return 0, true, fmt.Errorf("%w; its .value is a number", cannot(lv, t))
	}
	return 0, false, nil
}

// enumText prints a value of an enum: Color.RED, or Color(7) where it has no name.
func (t *ctype) enumText(bits uint64) string {
	if name, ok := t.enum.names[int64(bits)]; ok {
		return t.name + "." + name
	}
	return t.name + "(" + t.enumNumber(int64(bits)) + ")"
}

// enumNumber writes the value of an enumerator.
func (t *ctype) enumNumber(v int64) string { return wide{uint64(v), t.op != opUint64}.text(10) }

// enumValueOf is the Lua number of an enumerator.
func (t *ctype) enumValueOf(L *glua.LState, v int64) glua.LValue {
	if t.op == opUint64 {
		return uintValue(L, uint64(v))
	}
	return intValue(L, v)
}

// enumMembers are the members an enum has besides its enumerators and those of every type.
var enumMembers = []string{"members", "name", "names"}

// pushEnumMember is Color.RED, Color[1], Color.name(1), Color:names() and Color.members. It is false for other members.
func (s *Session) pushEnumMember(L *glua.LState, t *ctype, key glua.LValue) bool {
	str, ok := key.(glua.LString)
	if !ok {
		L.Push(t.enumName(L, key))
		return true
	}
	if v, ok := t.enum.values[string(str)]; ok {
		L.Push(t.enumValueOf(L, v))
		return true
	}
	// Color:name(1) passes the type itself first.
	first := func(L *glua.LState) int {
		if ud, ok := L.Get(1).(*glua.LUserData); ok {
			if u, ok := ud.Value.(*ctype); ok && u.enum == t.enum {
				return 2
			}
		}
		return 1
	}
	switch str {
	case "name":
		L.Push(L.NewFunction(func(L *glua.LState) int {
			L.Push(t.enumName(L, L.Get(first(L))))
			return 1
		}))
	case "names":
		L.Push(L.NewFunction(func(L *glua.LState) int {
			list := L.CreateTable(len(t.enum.list), 0)
			for _, name := range t.enum.members {
				list.Append(glua.LString(name))
			}
			L.Push(list)
			return 1
		}))
	case "members":
		table := L.CreateTable(0, len(t.enum.list))
		for _, x := range t.enum.list {
			table.RawSetString(x.Name, t.enumValueOf(L, x.Value))
		}
		L.Push(table)
	default:
		return false
	}
	return true
}

// enumName is the name of a value, nil where it has none.
func (t *ctype) enumName(L *glua.LState, lv glua.LValue) glua.LValue {
	bits, err := integerBits(lv, t, true)
	if err != nil {
		raiseErr(L, "TypeError", t.name+".name", err)
	}
	if name, ok := t.enum.names[int64(bits)]; ok {
		return glua.LString(name)
	}
	return glua.LNil
}

// helpEnum lists the enumerators.
func helpEnum(t *ctype) string {
	width := 0
	for _, name := range t.enum.members {
		width = max(width, len(name))
	}
	lines := []string{describeType(t), fmt.Sprintf("    C type    %s; the type behind it is %s", t.c, hostTarget.Resolve(t.c).Elem)}
	for _, x := range t.enum.list {
		lines = append(lines, fmt.Sprintf("    %-*s = %s", width, x.Name, t.enumNumber(x.Value)))
	}
	first := t.enum.members[0]
	return strings.Join(append(lines,
		fmt.Sprintf("    a number  %s.%s; C's values come as numbers too, so r == %s.%s compares them", t.name, first, t.name, first),
		fmt.Sprintf("    its name  %s[%s] or %s.name(x); %s:names(), %s.members", t.name, t.enumNumber(t.enum.list[0].Value), t.name, t.name, t.name),
		fmt.Sprintf("    make one  %s(%s.%s) or %s(%q); parameters take the name, too", t.name, t.name, first, t.name, first),
		"    also      T * n (array type), "+strings.Join(typeMembers, ", ")), "\n")
}
