-- What a program declares and what was compiled: where a call would go wrong, that is said once, before the call.
dofile(support_path .. "/said.lua")
local function open() return ctypes.CDLL(shapes_path) end
local lib = open()

-- takes gives a function argtypes. The debug information has been read by now, so a call is not waited for.
local function takes(name, ...) open()[name].argtypes = {...} end

test("the first call reads the debug information", function()
  local f = open().wide
  same(said(function() f.argtypes = {"int", "int"} end), "")
  says([[
dlsh: wide: it is declared as   int64_t wide(int, int)
            but was compiled as  int64_t wide(int64_t a, uint8_t b) (%shapes.c:%)
]], f, 1, 2)
  same(said(f, 1, 2), "")
  same(said(function() -- once is enough, in every CDLL
    local again = open().wide
    again.argtypes = {"int", "int"}
    again(1, 2)
  end), "")
end)

test("restype", function()
  local f = open().ratio
  says([[
dlsh: ratio: it is declared as   double ratio(float a, float b)
             but was compiled as  float ratio(float a, float b) (%shapes.c:%)
]], function()
    f.restype = "double"
    f(1, 2)
  end)
  local g = open().no_path
  says([[
dlsh: no_path: it is declared as   int no_path(void)
               but was compiled as  struct path *no_path(void) (%shapes.c:%)
]], function()
    g.restype = "int" -- half of a pointer
    g()
  end)
end)

test("a prototype", function()
  local f = open().area
  says([[
dlsh: area: it is declared as   float area(void *)
            but was compiled as  double area(const struct rect *r) (%shapes.c:%)
]], function()
    f.prototype = "float (void *)"
    f(ctypes.byref(ctypes.C.rect()))
  end)
end)

test("the number of parameters", function()
  local f = open().grow
  says([[
dlsh: grow: it is declared as   void grow(struct rect *)
            but was compiled as  void grow(struct rect *r, int by) (%shapes.c:%)
]], function()
    f.argtypes = {"struct rect *"}
    f(ctypes.C.rect())
  end)
end)

test("C text, for a function that was used before and for one that was not", function()
  says([[
dlsh: mapped: it is declared as   double mapped(float, double (*)(double))
              but was compiled as  double mapped(double x, double (*f)(double)) (%shapes.c:%)
]], function()
    same(lib.mapped(2, function(x) return x end), 2)
    ctypes.cdef"double mapped(float, double (*)(double));"
  end)
  says([[
dlsh: twice: it is declared as   struct size twice(struct size e)
             but was compiled as  extent twice(extent e) (%shapes.c:%)
             the result: struct size has 4 bytes, extent has 8
]], function()
    ctypes.cdef"struct size { short w, h; }; struct size twice(struct size e);"
    lib.twice{1, 2}
  end)
end)

test("what pointers lead to", function()
  local Point = ctypes.Structure("Point", {{"x", ctypes.c_int}, {"y", ctypes.c_int}})
  says([[
dlsh: sum_x: it is declared as   double sum_x(struct Point *, int)
             but was compiled as  double sum_x(const struct point *list, int n) (%shapes.c:%)
             parameter 1: struct Point has 8 bytes, struct point has 16
]], takes, "sum_x", ctypes.POINTER(Point), "int")
  local Rect = ctypes.Structure("Rect", {{"x", "double"}, {"y", "double"}, {"w", "int"}, {"h", "float"}, {"color", "int"}})
  says([[
dlsh: area: it is declared as   double area(struct Rect *)
            but was compiled as  double area(const struct rect *r) (%shapes.c:%)
            parameter 1: at byte 20, struct Rect has float h and struct rect has int size.h
]], takes, "area", ctypes.POINTER(Rect))
  same(said(takes, "checksum", ctypes.POINTER("int"), "size_t"), "") -- bytes may be anything
  says([[
dlsh: scale: it is declared as   void scale(float *, double)
             but was compiled as  void scale(double *v, double by) (%shapes.c:%)
]], takes, "scale", ctypes.POINTER("float"), "double")
end)

test("callbacks", function()
  local Order, Other = ctypes.CFUNCTYPE("int", "void *", "void *"), ctypes.CFUNCTYPE("int", "double", "double")
  same(said(takes, "sort_points", "void *", "size_t", Order), "")
  says("dlsh: sort_points: it is declared as   %", takes, "sort_points", "void *", "size_t", Other)
end)

test("the same in other words is no disagreement", function()
  same(said(function()
    local l = open()
    l.area.argtypes = {"void *"}
    l.area(ctypes.byref(ctypes.C.rect()))
    l.middle.argtypes, l.middle.restype = {ctypes.C.point, ctypes.Structure("P", {{"v", ctypes.c_double * 2}})}, ctypes.C.point
    l.middle({}, {})
    l.color_name.argtypes = {"int"}
    l.color_name(0)
    l.widest.restype = "unsigned"
    l.widest()
    l.length.argtypes, l.length.restype = {"void *"}, "long"
    l.length("")
    l.no_path.restype = "size_t"
    l.no_path()
    l.same_address.argtypes, l.same_address.restype = {"uint64_t"}, "int64_t"
    l.same_address(0)
    l.total.argtypes = {"int", "int", "int"}
    l.total(2, 1, 2)
    l.sum_x.argtypes = {ctypes.POINTER("double"), "int"} -- what a struct of doubles begins with
    l.sum_x(nil, 0)
    local Begin = ctypes.Structure("Begin", {{"name", "char *"}}) -- how a struct begins that C makes
    l.new_path.restype = ctypes.POINTER(Begin)
    same(l.new_path("x", 0).contents.name, "x")
    ctypes.cdef"int stroke(void *);"
    l.stroke(l.open_canvas())
  end), "")
end)

test("variadic functions", function()
  says("dlsh: total: it is declared as   int total(int, short, short)\n%", takes, "total", "int", "short", "short")
  says("dlsh: wide: it is declared as   int64_t wide(int64_t, ...)\n%", takes, "wide", "int64_t", "...")
end)

test("only what was set counts", function()
  same(said(function()
    local l = open()
    l.ratio.argtypes = {"float", "float"}  -- the result is not said to be an int
    same(l.ratio(1, 2), 0.5)
    l.shout.restype = "void *"
    same(l.shout(ctypes.create_string_buffer("a")) ~= nil, true)
    l.widest.argtypes = nil
    same(l.widest(), 0x7fffffff)
  end), "")
end)

test("nothing is said where debug_info = false", function()
  same(said(function()
    local plain = ctypes.CDLL(shapes_path, {debug_info = false})
    plain.grow.argtypes = {"void *", "float"}
    plain.grow(ctypes.byref(ctypes.C.rect()), 1)
  end), "")
end)

test("functions imported with a CFUNCTYPE", function()
  says([[
dlsh: use_secret: it is declared as   int use_secret(float)
                  but was compiled as  int use_secret(int a) (%shapes.c:%)
]], function() ctypes.CFUNCTYPE("int", "float")({"use_secret", open()}) end)
end)
