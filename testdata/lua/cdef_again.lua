-- cdef: all or nothing, saying the same again, and {redefine = true}.
local C = ctypes.C
local libc = ctypes.CDLL(nil, {debug_info = false})

local function message(text, options)
  local ok, e = pcall(ctypes.cdef, text, options)
  return not ok and e.kind == "CDefError" and e.message or error("no CDefError", 2)
end

test("a failed cdef leaves no trace", function()
  ctypes.cdef"struct half; typedef struct half *halves;"
  message[[
    typedef int whole;
    struct half { int a; };
    enum { LEFT = 1 };
    #define RIGHT 2
    int abs(whole);
    int broken(;
  ]]
  for _, name in ipairs{"whole", "LEFT", "RIGHT", "abs", "broken"} do
    fails("AttributeError", name .. " is not declared", get, C, name)
  end
  fails("TypeError", "whole", ctypes.sizeof, "whole")
  fails("TypeError", "struct half", function() return C.half() end)
  same(libc.abs.argtypes, nil)
  ctypes.cdef"struct half { long b; };" -- the other members were never there
  same(C.half(3).b, 3)
end)

test("the same again is fine", function()
  for _ = 1, 3 do
    ctypes.cdef[[
      struct pair { int a; int b; };
      typedef struct pair pair;
      enum kind { ONE = 1, TWO };
      int abs(int); long labs(long);
      extern int opterr;
      #define TEN 10
    ]]
  end
  ctypes.cdef"int abs(int n);" -- names of parameters are no part of a type
  ctypes.cdef"int (abs)(const int);"
  same(libc.abs(-1), 1)
end)

test("something different shows both places", function()
  local e = message"long abs(long);"
  same(e:find("cdef_again.lua:47:26: abs is declared differently here: long abs(long)", 1, true) ~= nil, true)
  same(e:find("cdef_again.lua:36: it was declared before: int abs(int)", 1, true) ~= nil, true)
  same(e:find("{redefine = true} replaces what was declared before", 1, true) ~= nil, true)
  same(libc.abs.prototype, "int (int)")
  message"struct pair { int a; long b; };"
  message"enum kind { ONE = 2 };"
  message"typedef int pair;"
  message"\n#define TEN 11\n"
  same({C.TEN, C.ONE}, {10, 1})
  same(ctypes.sizeof("struct pair"), 8)
end)

test("redefine replaces", function()
  local old = C.pair(1, 2)
  ctypes.cdef([[
    int labs(int);
    struct pair { double a; };
    #define TEN 11
  ]], {redefine = true})
  fails("ArgumentError", "labs: argument 1", libc.labs, -2^40)
  same(libc.labs.prototype, "int (int)")
  same(C.TEN, 11)
  same(C.pair(2.5).a, 2.5)
  same(ctypes.typeof("struct pair") == C.pair, true)
  same({old.a, old.b}, {1, 2}) -- a value keeps the type it was made of
  fails("CDefError", "expected", ctypes.cdef, "double labs(int); int x y;", {redefine = true})
  same(libc.labs.prototype, "int (int)")
  ctypes.cdef("long labs(long);", {redefine = true})
  same(libc.labs(-2^40), 2^40)
end)

test("errors name the place in this file", function()
  local ok, e = pcall(ctypes.cdef, [[
    typedef int fine;
    int f(fine, nosuch);
  ]])
  same({e.line, e.column}, {82, 17})
  same(e.file:match("[^/]*$"), "cdef_again.lua")
  same(e.message:match("\n(.-\n.-)$"), "        int f(fine, nosuch);\n" .. (" "):rep(20) .. "^")
  ok, e = pcall(ctypes.cdef, "int " .. "g(nosuch);")
  same({e.line, e.column}, {1, 7})
  same(e.file:match("[^/]*$"), "cdef_again.lua:87: cdef")
end)

test("errors say what would help", function()
  same(message"FILE *f(void);":find("it is declared in <stdio.h>: #include <stdio.h>", 1, true) ~= nil, true)
  same(message"int f(uint32_tt);":find("did you mean uint32_t?", 1, true) ~= nil, true)
  same(message"int f(int":find("expected", 1, true) ~= nil, true)
  same(message"#include <stdoi.h>":find("no header stdoi.h", 1, true) ~= nil, true)
  same(message"class X { };":find("this is C++, and only C can be read", 1, true) ~= nil, true)
  fails("TypeError", "cdef: C declarations in a string are wanted, not nil", ctypes.cdef)
  fails("TypeError", "cdef: unknown option \"redefin\"; did you mean redefine?", ctypes.cdef, "int x;", {redefin = true})
  fails("TypeError", "cdef: argument 2: a table of options is wanted", ctypes.cdef, "int x;", true)
end)

test("text that is no C ends in an error", function()
  for _, text in ipairs{"\0", "\1\2\3", ("("):rep(10000), ("int a["):rep(1000), ("struct s {"):rep(500), "#define X X(\nint y = X;",
    "int a[-1];", "int a[1 << 62];", "\255\254", "/* never closed", "\"never closed", "#if 1", "#error no\n", "_Static_assert(0, \"why\");"} do
    message(text)
  end
end)

test("a function that was looked up is not called by what was declared before", function()
  ctypes.cdef"int isalnum(int);"
  local held = libc.isalnum
  same(held(32), 0)
  ctypes.cdef("typedef int four __attribute__((vector_size(16))); four isalnum(four);", {redefine = true})
  fails("TypeError", "isalnum cannot be called as C declares it: ", held, 32)
  ctypes.cdef("struct unseen; struct unseen isalnum(int);", {redefine = true})
  fails("TypeError", "isalnum cannot be called as C declares it: ", held, 32)
  ctypes.cdef"struct unseen { int seen; };"
  same(held(32).seen, 0)
  ctypes.cdef("int isalnum(int);", {redefine = true})
  same(held(32), 0)
end)

test("a name that was looked up as a function and is declared as something else", function()
  same(ctypes.kind(libc.optind), "function") -- so far as anybody knows
  ctypes.cdef"extern int optind;"
  same(libc.optind, 1)
  libc.optind = 2
  same(C.optind, 2)
  libc.optind = 1
  same(libc.isdigit(57) ~= 0, true)
  ctypes.cdef"int isdigit(int) __asm__(\"toupper\");"
  same({libc.isdigit(97), C.isdigit(97)}, {65, 65})
end)

test("a variable has the room that its library gives it", function()
  ctypes.cdef"extern long long optopt;"
  fails("TypeError", "optopt has 4 bytes, and it is declared as long long optopt, which needs 8", get, libc, "optopt")
  fails("TypeError", "optopt has 4 bytes", function() libc.optopt = 1 end)
end)

test("a record whose members have no values here can be pointed to", function()
  ctypes.cdef"struct lanes; int ferror(struct lanes *); struct lanes *fdopen(int, const char *);"
  same(ctypes.sizeof("struct lanes *"), 8)
  ctypes.cdef"struct lanes { float v __attribute__((vector_size(16))); };"
  ctypes.cdef"int isspace(int);" -- what is declared later is no worse for it
  same(libc.isspace(32) ~= 0, true)
  same(libc.fdopen(-1, "r"), nil)
  fails("TypeError", "SIMD vectors are not supported", function() return C.lanes() end)
  fails("TypeError", "SIMD vectors are not supported", ctypes.sizeof, "struct lanes")
end)
