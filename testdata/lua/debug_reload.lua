-- Debug information goes with its library: edit, compile, open again.
dofile(support_path .. "/said.lua")
local C, typeof = ctypes.C, ctypes.typeof

-- compile puts another build of the library in its place, as a linker does: the old file is gone, not overwritten.
local function compile(path)
  os.remove("lib.so")
  copy("lib.so", path)
end

local function open() return ctypes.CDLL("./lib.so") end
local function close(lib) _ctypes.dlclose(lib._handle) end

test("a library that was compiled anew tells of the new build", function()
  compile(shapes_path)
  local lib = open()
  local old, Old = lib.middle({1, 2}, {3, 4}), typeof("struct point")
  same({ctypes.sizeof("struct point"), C.GREEN, lib.made}, {16, 5, 3})
  close(lib)
  compile(other_shapes_path)
  lib = open()
  same({ctypes.sizeof("struct point"), C.GREEN}, {12, 1})
  prints(lib.far({1, 2, 3}), "point(x=10, y=20, z=30)")
  prints(typeof("const struct point *[2]")()[0], "LP_point(NULL)")
  same(typeof("struct point *")._type_ == lib.far.restype, true)
  -- What was made of the old one is as good as ever, and no struct point of the new one.
  prints(old, "point(x=2.0, y=3.0)")
  prints((Old * 2)({1, 2}, {})[0], "point(x=1.0, y=2.0)")
  prints(ctypes.pointer(old).contents, "point(x=2.0, y=3.0)")
  same(typeof(old) == Old, true)
  same(Old == typeof("struct point"), false)
  fails("ArgumentError", "far: argument 1: cannot convert point(x=2.0, y=3.0) to struct point", lib.far, old)
  close(lib)
end)

test("and again, and back", function()
  for i = 1, 5 do
    compile(i % 2 == 0 and other_shapes_path or shapes_path)
    local lib = open()
    same(ctypes.sizeof("struct point"), i % 2 == 0 and 12 or 16)
    same(#lib[i % 2 == 0 and "far" or "middle"].argtypes, i % 2 == 0 and 1 or 2)
    close(lib)
  end
end)

test("the same build again makes the same types", function()
  compile(shapes_path)
  local lib = open()
  local p = lib.middle({1, 2}, {3, 4})
  close(lib)
  lib = open()
  prints(lib.middle(p, p), "point(x=2.0, y=3.0)") -- laid out alike
  same(lib.next_color(C.color("RED")), 5)
  close(lib)
end)

test("functions of a library that is gone keep what was known of them", function()
  local lib = open()
  local area, grow = lib.area, lib.grow
  prints(area.restype, "<class 'ctypes.c_double': double, 8 bytes>")
  close(lib)
  same(tostring(area):find("<double area(const struct rect *r) from ./lib.so, unloaded", 1, true), 1)
  fails("OSError", "area: cannot be called: ./lib.so has been unloaded", area, nil)
  fails("OSError", "grow: cannot be called", grow, nil)
  same(grow.argtypes, nil) -- nobody asked in time
  fails("TypeError", "unknown type name", ctypes.sizeof, "point_t")
  fails("AttributeError", "GREEN is not declared", get, C, "GREEN")
end)

test("two CDLLs share it until both are closed", function()
  local one, two = open(), open()
  same(one.area.restype, two.area.restype)
  close(one)
  same(ctypes.sizeof("struct point"), 16)
  prints(two.middle({0, 0}, {2, 2}), "point(x=1.0, y=1.0)")
  close(two)
  fails("TypeError", "unknown type name", ctypes.sizeof, "point_t")
end)

test("a file that was replaced under a loaded library is not believed", function()
  compile(shapes_path)
  local lib = open()
  compile(other_shapes_path)
  same(lib.wide.argtypes, nil)  -- as if there were none
  same(lib.wide(2, 3), 5)
  local again = open()          -- the loader gives the one that it has
  same(again._handle, lib._handle)
  same(pcall(get, again, "far"), false)
  same(tostring(again.middle):find("<int middle()", 1, true), 1)
  close(lib)
  close(again)
  lib = open()
  same(ctypes.sizeof(lib.far.restype), 12)
  close(lib)
end)

test("what was read before the file was replaced is still right", function()
  compile(shapes_path)
  local lib = open()
  local _ = lib.wide.argtypes
  compile(other_shapes_path)
  prints(lib.middle({0, 0}, {2, 2}), "point(x=1.0, y=1.0)")
  close(lib)
end)

test("C's own dlclose", function()
  compile(shapes_path)
  local lib = open()
  same(lib.made, 3)
  local dlclose = ctypes.CDLL(nil, {debug_info = false}).dlclose
  dlclose.argtypes = {"void *"}
  same(ctypes.sizeof("struct point"), 16)
  dlclose(lib._handle)
  fails("TypeError", "struct point has no size", ctypes.sizeof, "struct point")
  compile(other_shapes_path)
  lib = open()
  same(ctypes.sizeof("struct point"), 12)
  close(lib)
end)

test("a folder that changes meanwhile", function()
  compile(shapes_path)
  local lib = open()
  local libc = ctypes.CDLL(nil, {debug_info = false})
  local cwd = libc.getcwd
  cwd.argtypes, cwd.restype = {"char *", "size_t"}, "char *"
  local here = cwd(ctypes.create_string_buffer(4096), 4096)
  same(libc.chdir("/"), 0)
  prints(lib.middle({0, 0}, {2, 2}), "point(x=1.0, y=1.0)")
  same(libc.chdir(here), 0)
  close(lib)
end)

test("ctypes.C has a function again that a library opened for all to see offers again", function()
  compile(shapes_path)
  ctypes.cdef"int count(const void *);"
  for _ = 1, 2 do
    local lib = ctypes.CDLL("./lib.so", {mode = ctypes.RTLD_GLOBAL})
    same(C.count(nil), 0)
    close(lib)
    fails("AttributeError", "undefined symbol: count; it is declared, so open the library that has it", get, C, "count")
  end
end)
