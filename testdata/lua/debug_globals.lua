-- Variables of a library built with -g.
local lib = ctypes.CDLL(copy("globals.so", shapes_path)) -- nobody else's

test("numbers and strings are values", function()
  same(lib.made, 3)
  lib.made = lib.made + 1
  same(ctypes.c_int.in_dll(lib, "made").value, 4)
  same(lib.big, ctypes.uint64("0xffffffffffffffff"))
  same(lib.title, "shapes")
  lib.title = "other"
  collectgarbage()
  same(lib.title, "other")
  same(lib.paint, 6)
  lib.paint = "GREEN"
  same(lib.paint, 5)
  fails("TypeError", "made: cannot convert string \"x\" to int", function() lib.made = "x" end)
end)

test("structs, unions and arrays are the library's own memory", function()
  prints(lib.origin, "point(x=1.0, y=2.0)")
  lib.origin.x = 5
  same(lib.origin.x, 5)
  lib.origin = {7, 8}
  prints(lib.origin, "point(x=7.0, y=8.0)")
  same(lib.origin_shift[1], 1.5)
  lib.origin_shift[1] = 2.5
  same(lib.origin_shift:slice(), {0.5, 2.5})
  same(lib.label.value, "label")
  lib.label = "new"
  same(lib.label.value, "new")
  same({lib.matrix[1][2].w, #lib.matrix, #lib.matrix[0]}, {11, 2, 3})
  same(lib.either.i, 7)
  same({lib.look.layer, lib.look.depth, lib.look.shown}, {33, -3, true})
  same({lib.words[0], lib.words[2]}, {"zero", "two"})
end)

test("pointers, to themselves and to functions", function()
  prints(lib.current, "LP_rect(NULL)")
  local r = ctypes.C.rect{size = {2, 3}}
  lib.current = ctypes.pointer(r)
  same(lib.area(lib.current), 6)
  same(lib.ring.next.contents.corner[1].y, 4)
  same(lib.order(ctypes.C.point(2, 0), ctypes.C.point(1, 0)), 1)
  lib.order = ctypes.typeof("order_t")(function() return 42 end)
  same(lib.order(nil, nil), 42)
end)

test("what is const cannot be set", function()
  same(lib.limit, 10)
  fails("TypeError", "limit cannot be set, it is const: const int limit", function() lib.limit = 5 end)
  fails("TypeError", "words cannot be set, it is const", function() lib.words = {"a"} end)
  fails("TypeError", "unit cannot be set, it is const: const struct point unit", function() lib.unit = {} end)
  same(lib.limit, 10)
end)

test("a variable that each thread has one of", function()
  same(lib.per_thread, 5)
  lib.per_thread = 6
  same(lib.per_thread, 6)
end)

test("in_dll is another view of it", function()
  ctypes.c_double.in_dll(lib, "origin").value = 1.25
  same(lib.origin.x, 1.25)
  same(ctypes.C.point.in_dll(lib, "unit").y, 1)
end)

test("a name that is no variable is the library's table entry", function()
  lib.note = "mine"
  same(lib.note, "mine")
  lib.note = nil
  fails("AttributeError", "undefined symbol: note", get, lib, "note")
end)

test("another copy has variables of its own, and an unloaded one has none", function()
  local other = ctypes.CDLL(copy("globals2.so", shapes_path))
  same(other.made, 3)
  local origin = other.origin
  _ctypes.dlclose(other._handle)
  fails("OSError", 'cannot look up "made"', get, other, "made")
  fails("OSError", "which has been unloaded", get, origin, "x")
end)
