-- include: a header, and the library that has what it declares.
local function there(name) local f = io.open("/usr/include/" .. name); if f then f:close() end; return f ~= nil end

test("a header of the C library, for the program itself", function()
  local stdio = ctypes.include("stdio.h")
  same({stdio.EOF, stdio.SEEK_END, stdio.BUFSIZ > 0}, {-1, 2, true})
  local buffer = ctypes.create_string_buffer(20)
  stdio.snprintf(buffer, 20, "%d-%s", 7, "x")
  same(buffer.value, "7-x")
  same(tostring(stdio):match("^<stdio.h: %d+ declarations, functions from the program itself>$") ~= nil, true)
  same(ctypes.C.EOF, -1)
  same(ctypes.typeof("FILE *") == ctypes.POINTER(stdio.FILE), true)
end)

test("structs that C fills", function()
  local sys = ctypes.include("sys/stat.h")
  local st = ctypes.typeof("struct stat")() -- sys.stat is the function of that name
  same(sys.stat(file("five", "12345"), st), 0)
  same(st.st_size, 5)
  same(st.st_mode >= sys.S_IFREG, true)
  same(sys.stat("./nosuch", st), -1)
  same(st.st_mtime, st.st_mtim.tv_sec) -- a macro: st_mtim.tv_sec
  st.st_mtime = 5
  same(st.st_mtim.tv_sec, 5)
  fails("AttributeError", "stat has no member \"st_btime\"", get, st, "st_btime")
end)

test("with a library", function()
  if not there("zlib.h") then return print("skip - with zlib # zlib.h is not installed") end
  local z = ctypes.include("zlib.h", {lib = "z"})
  same(z.crc32(0, "hello", 5), 0x3610a686)
  same(z.Z_OK, 0)
  same(z.zlibVersion():sub(1, 2), "1.")
  local s = z.z_stream()
  same({s.total_in, s.next_in and true}, {0, true})
  same(z["crc32"], z.crc32)
  fails("AttributeError", "crc33 is not declared; did you mean crc32", get, z, "crc33")
  local open = ctypes.CDLL("libz.so.1")
  same(ctypes.include("zlib.h", {lib = open}).adler32(1, "a", 1), 0x620062)
end)

test("a header of one's own: paths, defines, what it includes", function()
  os.execute("mkdir -p inner")
  file("own.h", [[
    #include "inner/more.h"
    #ifndef WIDTH
    #define WIDTH 8
    #endif
    struct own { more_t cells[WIDTH]; };
    int abs(int);
  ]])
  file("inner/more.h", "#pragma once\ntypedef short more_t;\n")
  local own = ctypes.include("./own.h")
  same({own.WIDTH, ctypes.sizeof("struct own"), own.abs(-1)}, {8, 16, 1})
  fails("CDefError", "no header own.h", ctypes.include, "own.h")
  same(ctypes.include("own.h", {paths = {"."}}).WIDTH, 8)
  fails("CDefError", "own.h", ctypes.include, "./own.h", {defines = {"WIDTH=4"}})
  same(ctypes.include("./own.h", {defines = {WIDTH = 4}, redefine = true}).WIDTH, 4)
  same(ctypes.sizeof("struct own"), 8)
end)

test("what is wrong with a header names its line", function()
  file("broken.h", "int fine;\n  int f(nosuch x);\n")
  local ok, e = pcall(ctypes.include, "./broken.h")
  same({ok, e.kind, e.line, e.column}, {false, "CDefError", 2, 9})
  same(e.file:match("[^/]*$"), "broken.h")
  fails("AttributeError", "fine is not declared", get, ctypes.C, "fine")
end)

test("what a header declares by a macro only", function()
  fails("AttributeError", "sqrt is not declared; it is declared in <math.h>", get, ctypes.C, "sqrt")
  os.execute("mkdir -p gnu")
  file("gnu/dlfcn.h", "#ifdef _GNU_SOURCE\nint dladdr(const void *address, void *info);\n#endif\nint dlclose(void *handle);\n")
  local paths = {paths = {"gnu"}}
  local dl = ctypes.include("dlfcn.h", paths)
  fails("AttributeError", "dladdr is not declared; it is declared in <dlfcn.h>, which was read without it; what is GNU's wants #define _GNU_SOURCE before", get, dl, "dladdr")
  ctypes.cdef("#define _GNU_SOURCE\n#include <dlfcn.h>", paths)
  same(type(dl.dladdr), "function")
end)

test("options that are none", function()
  fails("TypeError", 'include: argument 2: a table of options is wanted, such as {lib = "z"}, not string "z"', ctypes.include, "stdio.h", "z")
end)

test("headers that are none", function()
  fails("CDefError", "no header nosuch.h", ctypes.include, "nosuch.h")
  fails("CDefError", "did you mean stdio.h?", ctypes.include, "stdoi.h")
  fails("CDefError", "binary", ctypes.include, file("binary.h", "\127ELF\0\1\2"))
  fails("CDefError", "", ctypes.include, file("itself.h", "#include \"itself.h\"\n"))
  local bomb = {"#define A0 x x"}
  for i = 1, 40 do bomb[#bomb + 1] = ("#define A%d A%d A%d"):format(i, i - 1, i - 1) end
  fails("CDefError", "", ctypes.include, file("bomb.h", table.concat(bomb, "\n") .. "\nint A40;\n"))
  fails("CDefError", "", ctypes.include, "/")
  fails("CDefError", "", ctypes.include, "")
end)

test("options that are none", function()
  fails("TypeError", "include: the name of a header is wanted, such as \"zlib.h\", not nil", ctypes.include)
  fails("TypeError", "include: unknown option \"libs\"; did you mean lib?", ctypes.include, "stdio.h", {libs = "z"})
  fails("TypeError", "include: paths: a table of strings is wanted", ctypes.include, "stdio.h", {paths = "."})
  fails("TypeError", "include: lib: a library or its name is wanted, not number 1", ctypes.include, "stdio.h", {lib = 1})
  fails("OSError", "nosuchlib", ctypes.include, "stdio.h", {lib = "nosuchlib"})
end)

test("options that are no text", function()
  fails("TypeError", "include: defines: B: a string or a number is wanted, not boolean true", ctypes.include, "stdbool.h", {defines = {C = {}, B = true}})
  fails("TypeError", "cdef: defines: 2: a string is wanted, not number 5", ctypes.cdef, "int x;", {defines = {"A", 5}})
  fails("TypeError", "cdef: paths: 1: a string is wanted, not boolean true", ctypes.cdef, "int x;", {paths = {true}})
  fails("TypeError", "cdef: paths: a: a string is wanted, not string \"b\"", ctypes.cdef, "int x;", {paths = {a = "b"}})
  fails("TypeError", "cdef: unknown option \"aa\"", ctypes.cdef, "int x;", {zz = 1, aa = 2, mm = 3})
  ctypes.cdef("enum { TWELVE = DOZEN, NOTHING = 0 EMPTY };", {defines = {DOZEN = 12, EMPTY = ""}})
  same(ctypes.C.TWELVE, 12)
end)
