-- Types and constants by the names that debug information of open libraries has for them.
local lib = ctypes.CDLL(shapes_path)
local C = ctypes.C
local typeof = ctypes.typeof

test("a type by its name", function()
  prints(typeof("struct point"), "<class 'point': struct point, 16 bytes>")
  prints(typeof("struct point")(1, 2), "point(x=1.0, y=2.0)")
  prints(typeof("union number"), "<class 'number': union number, 4 bytes>")
  prints(typeof("enum color"), "<class 'color': enum color, 4 bytes>")
  same(ctypes.sizeof("extent"), 8)
  same(ctypes.sizeof("point_t"), 16)
  same(ctypes.offsetof("struct rect", "size.h"), 20)
  same(typeof("struct point") == lib.middle.restype, true)
  same(typeof("struct point") == typeof("point_t"), true)
end)

test("types made of it", function()
  prints(typeof("struct point *"), "<class 'ctypes.LP_point': struct point *, 8 bytes>")
  prints(typeof("const struct point *"), "<class 'ctypes.LP_point': const struct point *, 8 bytes>")
  prints(typeof("point_t[3]"), "<class 'ctypes.point_Array_3': point_t[3], 48 bytes>")
  prints(typeof("struct polygon **"), "<class 'ctypes.LP_LP_polygon': struct polygon **, 8 bytes>")
  prints(typeof("extent (*)[2]"), "<class 'ctypes.LP_extent_Array_2': extent (*)[2], 8 bytes>")
  prints(typeof("const enum color *"), "<class 'ctypes.LP_color': const enum color *, 8 bytes>")
  same(typeof("int (*)(const struct point *, const struct point *)") == typeof("order_t"), true)
  local twice = ctypes.CFUNCTYPE("point_t (struct point)")(function(p) return {2 * p.x, 2 * p.y} end)
  prints(twice({1, 2}), "point(x=2.0, y=4.0)")
  local P = ctypes.Structure("P", {{"p", "struct point"}, {"next", "struct polygon *"}, {"c", "enum color"}})
  same(P({1, 2}, nil, "BLUE").c, 6)
  local f = ctypes.CDLL(shapes_path).sum_x
  f.prototype = "double (const point_t *, int)"
  same(f(typeof("point_t[2]")({1, 0}, {2, 0}), 2), 3)
end)

test("enumerators", function()
  local color = typeof("enum color")
  same({color.RED, color.GREEN, color[6]}, {0, 5, "BLUE"})
  same(color:names(), {"RED", "GREEN", "BLUE"})
  same({C.RED, C.BLUE, C.MOST_CORNERS, C.THICK}, {0, 6, 8, 0x7fffffff})
  prints(C.color("GREEN"), "color.GREEN")
end)

test("ctypes.C has types by tag and by typedef", function()
  same(C.point == typeof("struct point"), true)
  same(C.extent == typeof("extent"), true)
  same(C["struct rect"] == C.rect, true)
  same(C.color.BLUE, 6)
  prints(C.flags{layer = 3}, "flags(filled=0, dashed=0, layer=3, depth=0, shown=false)")
  fails("AttributeError", "points is not declared", get, C, "points")
end)

test("near names", function()
  local _ = lib.area.argtypes -- the debug information has been read
  fails("TypeError", 'unknown type name "point_tt"; did you mean point_t', typeof, "point_tt")
  fails("TypeError", "did you mean struct point", function() return typeof("struct pont")() end)
  fails("TypeError", "did you mean struct point", ctypes.sizeof, "struct pont")
  fails("TypeError", "did you mean color?", typeof, "enum colour")
  fails("TypeError", 'unknown type name "polygon"; there is struct polygon', typeof, "polygon")
  fails("TypeError", 'unknown type name "number"; there is union number', typeof, "number")
end)

test("what C text declares comes first", function()
  ctypes.cdef"struct extra { int a; }; typedef struct extra extent; struct canvas;"
  same(ctypes.sizeof("extent"), 4)
  same(ctypes.sizeof("struct canvas"), 4) -- C text only mentions it
  ctypes.cdef("typedef double extent;", {redefine = true})
  same(ctypes.sizeof("extent"), 8)
end)

test("the type of one library", function()
  same(typeof("struct point *", lib)._type_ == typeof("struct point"), true)
  same(ctypes.sizeof(typeof("extent", lib)), 8)
  fails("TypeError", "struct pont is not known to the debug information of", typeof, "struct pont", lib)
  fails("TypeError", "did you mean struct point", typeof, "struct pont", lib)
  fails("TypeError", "has no debug information", typeof, "struct point", ctypes.CDLL(probe_path))
  fails("TypeError", "typeof: argument 2: a library (CDLL) is wanted", typeof, "struct point", 1)
end)

test("libraries that disagree", function()
  local other = ctypes.CDLL(other_shapes_path)
  fails("TypeError", "struct point is one type in " .. shapes_path .. " and another in " .. other_shapes_path,
    typeof, "struct point *")
  fails("TypeError", 'ctypes.typeof("struct point", lib) gives that of one library', typeof, "struct point")
  fails("TypeError", "struct point is one type in", get, C, "point")
  fails("TypeError", "GREEN is 5 in " .. shapes_path .. " and 1 in " .. other_shapes_path, get, C, "GREEN")
  same({ctypes.sizeof(typeof("struct point", lib)), ctypes.sizeof(typeof("struct point", other))}, {16, 12})
  same({C.RED, ctypes.sizeof("union number")}, {0, 4}) -- about these they agree
  prints(other.far({1, 2, 3}), "point(x=10, y=20, z=30)")
  prints(lib.middle({0, 0}, {1, 1}), "point(x=0.5, y=0.5)")
  fails("ArgumentError", "far: argument 1: cannot convert point(x=0.0, y=0.0) to struct point", other.far, lib.middle({}, {}))
  _ctypes.dlclose(other._handle)
  same(ctypes.sizeof("struct point"), 16) -- it has gone, and its types with it
  same(C.GREEN, 5)
end)
