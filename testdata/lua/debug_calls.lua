-- A library built with -g is called without one declaration.
local lib = ctypes.CDLL(shapes_path)
local C = ctypes.C

test("functions know their types and the names of their parameters", function()
  same(lib.middle.prototype, "struct point (struct point a, struct point b)")
  same(tostring(lib.area):find("<double area(const struct rect *r) from ", 1, true), 1)
  same(tostring(lib.total):find("<int total(int n, ...) from ", 1, true), 1)
  same(#lib.moved.argtypes, 3)
  prints(lib.moved.restype, "<class 'rect': struct rect, 32 bytes>")
  same(lib.nothing.restype, nil)
  same(lib.nothing(), nil)
  fails("TypeError", "middle: 1 argument given, 2 wanted (struct point, struct point)", lib.middle, {1, 2})
  fails("ArgumentError", "middle: argument 2: cannot convert number 3 to struct point", lib.middle, {1, 2}, 3)
end)

test("structs by value", function()
  prints(lib.middle({1, 2}, {x = 3, y = 4}), "point(x=2.0, y=3.0)")
  local e = lib.twice{3, 4}
  same({e.w, e.h}, {6, 8})
  local r = lib.moved({at = {1, 2}, size = {3, 4}, color = "BLUE"}, 10, 0.5)
  same({r.at.x, r.at.y, r.size.w, r.size.h, r.color}, {11, 2.5, 3, 4, 6})
  same(lib.inside({2, 3}, {at = {1, 2}, size = {3, 4}}), true)
  same(lib.inside({9, 3}, {{1, 2}, {3, 4}}), false)
end)

test("bit-fields and unions by value", function()
  local f = lib.raised{filled = 1, layer = 33, depth = -3}
  same({f.filled, f.dashed, f.layer, f.depth, f.shown}, {1, 0, 34, -4, true})
  same(lib.negated({i = 5}).i, -5)
  local t = lib.as_float{kind = "i", n = {i = 3}}
  same({t.kind, t.n.f}, {"f", 3})
end)

test("by pointer, nested, and in lists", function()
  local r = C.rect{size = {3, 4}}
  same(lib.area(r), 12)
  lib.grow(r, 2)
  same({r.size.w, r.size.h}, {5, 6})
  same(lib.sum_x((ctypes.typeof("point_t") * 3)({1, 0}, {2, 0}, {3, 0}), 3), 6)
  local last = C.polygon{corners = 2}
  local first = C.polygon{corner = {{1, 2}, {3, 4}}, next = last}
  same(lib.count(first), 2)
  same(lib.count(nil), 0)
  local p = C.point_t()
  lib.first_corner(p, first)
  prints(p, "point(x=1.0, y=2.0)")
  local v = (ctypes.c_double * 2)(3, 4)
  lib.scale(v, 2)
  same(v:slice(), {6, 8})
  same(lib.trace((ctypes.c_int * 2 * 2)({1, 2}, {3, 4})), 5)
end)

test("an array at the end of a struct", function()
  local p = lib.new_path("spiral", 4)
  same({p.contents.name, p.count}, {"spiral", 4})
  same(p.contents.points[3].y, 9)
  lib.free_path(p)
  same(lib.no_path(), nil)
end)

test("enums by their names", function()
  same(lib.next_color("GREEN"), C.BLUE)
  same(lib.next_color(C.color.RED), 5)
  same(lib.color_name("BLUE"), "blue")
  same(lib.color_name(0), "red")
  fails("ArgumentError", "GREE", lib.color_name, "GREE")
  same(lib.widest(), 0x7fffffff)
  same(C.width_t[lib.widest()], "THICK")
end)

test("callbacks, with user data", function()
  local seen = {}
  local box = ctypes.c_int(7)
  lib.each((C.point * 2)({1, 2}, {3, 4}), 2, function(i, p, user)
    seen[#seen + 1] = i + p.x + ctypes.cast(user, ctypes.POINTER("int")).contents.value
  end, ctypes.byref(box))
  same(seen, {8, 11})
  same(lib.mapped(3, function(x) return x * x end), 9)
  local list = (C.point * 3)({3, 0}, {1, 0}, {2, 0})
  lib.sort_points(list, 3, function(a, b) return b.x - a.x end)
  same({list[0].x, list[1].x, list[2].x}, {3, 2, 1})
  lib.sort_points(list, 3, lib.order_by_x())
  same({list[0].x, list[1].x, list[2].x}, {1, 2, 3})
  same(lib.order_by_x()(C.point(1, 0), C.point(2, 0)), -1)
end)

test("callbacks in members", function()
  local visit = ctypes.typeof("visit_t")(function(i, p, user) got = {i, p.y, user} end)
  lib.run_hooks(C.hooks{visit = visit, user = 5}, {1, 2})
  same(got, {1, 2, 5})
  fails("ArgumentError", 'cannot convert a table to const struct hooks *: make one first, ctypes.typeof("struct hooks"){...}',
    lib.run_hooks, {visit = visit}, {1, 2})
  lib.run_hooks(C.hooks(), {1, 2})
  -- No Lua function can stand for a variadic one, but its address can.
  local printf = ctypes.CDLL(nil, {debug_info = false}).printf
  same(C.hooks{log = printf}.log ~= nil, true)
end)

test("variadic functions", function()
  same(lib.total(3, 1, 2, 3), 6)
  same(lib.total(0), 0)
  local out = ctypes.create_string_buffer(40)
  same(lib.describe(out, 40, "%d %s %.2f", ctypes.c_int(5), "x", ctypes.c_double(2.5)), 8)
  same(out.value, "5 x 2.50")
  fails("TypeError", "describe: 2 arguments given, 3 wanted", lib.describe, out, 40)
end)

test("strings, numbers and addresses", function()
  same(lib.length("hello"), 5)
  local text = ctypes.create_string_buffer("hello")
  same(lib.shout(text), "HELLO")
  same(lib.same_text((ctypes.c_char_p * 3)("a", "b", "a"), 3, "a"), 2)
  same(lib.wide(ctypes.int64("9007199254740993"), 7), ctypes.int64("9007199254741000"))
  fails("ArgumentError", "wide: argument 2", lib.wide, 1, 256)
  same(lib.ratio(1, 4), 0.25)
  same(lib.same_address(nil), nil)
  same(lib.same_address(4096), 4096)
  same(lib.checksum((ctypes.c_ubyte * 3)(1, 2, 3), 3), 6)
end)

test("structs that nobody may look into", function()
  local canvas = lib.open_canvas()
  same(lib.stroke(canvas) + 1, lib.stroke(canvas))
  local h = lib.hide(42)
  same(tostring(h):find("^LP_hidden%(0x2a%)") ~= nil, true)
  same(lib.reveal(h), 42)
  fails("ArgumentError", "reveal: argument 1", lib.reveal, canvas)
  fails("TypeError", "struct hidden", ctypes.sizeof, "struct hidden")
end)

test("what is not exported is not found", function()
  fails("AttributeError", "undefined symbol: secret", get, lib, "secret")
  same(lib.use_secret(1), 9)
end)

if not cxx then
  test("a function without a prototype takes anything", function()
    same(lib.unprototyped(), 77)
    same(lib.unprototyped(1, "x"), 77)
    same(lib.unprototyped.argtypes, nil)
  end)

  test("an array whose length is a parameter", function()
    same(lib.diagonal(2, ctypes.typeof("double[2][2]")({1, 2}, {3, 4})), 5)
    fails("ArgumentError", "diagonal: argument 2", lib.diagonal, 2, {})
    ctypes.cdef"double diagonal(int n, double m[n][n]);"
    same(lib.diagonal(1, ctypes.typeof("double[1][1]")({{7}})), 7)
  end)
end

test("records made in Lua stand for those of the library", function()
  local Point = ctypes.Structure("Point", {{"x", ctypes.c_double}, {"y", ctypes.c_double}})
  prints(lib.middle(Point(1, 2), Point(3, 4)), "point(x=2.0, y=3.0)")
  same(lib.sum_x((Point * 2)({1, 0}, {2, 0}), 2), 3)
  local p = Point()
  lib.first_corner(ctypes.byref(p), C.polygon{corner = {{5, 6}}})
  same({p.x, p.y}, {5, 6})
  local Wrong = ctypes.Structure("Wrong", {{"x", ctypes.c_float}, {"y", ctypes.c_float}})
  fails("ArgumentError", "middle: argument 1: cannot convert Wrong(x=0.0, y=0.0) to struct point", lib.middle, Wrong(), Wrong())
end)

test("argtypes and restype of one's own come first", function()
  local f = ctypes.CDLL(shapes_path).wide
  f.argtypes = {"int64_t", "unsigned char"}
  same(f(1, 2), 3)
  prints(f.restype, "<class 'ctypes.c_long': int64_t, 8 bytes>") -- nobody said anything else
  local g = ctypes.CDLL(shapes_path).widest
  g.restype = "unsigned"
  same(g(), 0x7fffffff)
  same(#g.argtypes, 0)
end)

test("debug_info = false does without", function()
  local plain = ctypes.CDLL(shapes_path, {debug_info = false})
  same(plain.area.argtypes, nil)
  prints(plain.area.restype, "<class 'ctypes.c_int': int, 4 bytes>")
  same(ctypes.c_int.in_dll(plain, "made").value, 3)
  same(plain.wide(2, 3), 5)
end)
