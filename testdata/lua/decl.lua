-- ctypes.decl and lib:declare: types, functions and variables as C that a compiler takes.
local C = ctypes.C
local lib = ctypes.CDLL(probe_path)
local decl = ctypes.decl

-- lines is text without the indent and the empty lines it has here.
local function lines(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    line = line:gsub("^%s+", "")
    if line ~= "" then list[#list + 1] = line end
  end
  return table.concat(list, "\n")
end

-- declares wants decl of something to be a text, which cdef takes too.
local function declares(got, want)
  same(lines(got), lines(want))
  ctypes.cdef(got, {redefine = true})
end

test("simple types are their spelling", function()
  same(decl(ctypes.c_int), "int")
  same(decl("unsigned long int"), "unsigned long")
  same(decl(ctypes.c_char_p), "char *")
  same(decl(ctypes.c_int * 3), "int[3]")
  same(decl(ctypes.CFUNCTYPE("int", "const char *", "double")), "int (*)(const char *, double)")
  same(decl("int (const char *, ...)"), "int (const char *, ...)")
  same(decl(ctypes.longdouble and ctypes.c_longdouble), "long double")
  same(decl("void"), "void")
end)

test("with a name they declare a variable or a function", function()
  declares(decl("int", "decl_int"), "int decl_int;")
  declares(decl(ctypes.CFUNCTYPE("int", "const char *") * 2, "decl_two"), "int (*decl_two[2])(const char *);")
  declares(decl("double (double x)", "decl_double"), "double decl_double(double x);")
  declares(decl("size_t", "decl_size"), [[
    typedef unsigned long size_t;
    size_t decl_size;]])
  fails("ValueError", "decl: argument 2: string \"a b\" is no name in C", decl, "int", "a b")
  fails("TypeError", "decl: argument 2: the name of a variable is wanted, not number 5", decl, "int", 5)
  fails("TypeError", "decl: x: there are no variables of type void", decl, "void", "x")
end)

test("structs, unions and enums are their definitions, with what they consist of", function()
  local Point = ctypes.Structure("decl_point", {{"x", "int"}, {"y", "int", 3}, {"", "int", 2}, {"name", ctypes.c_char * 8}})
  local Color = ctypes.Enum("decl_color", {"decl_red", {"decl_green", 5}})
  local Shape = ctypes.Structure("decl_shape", {{"ends", Point * 2}, {"color", Color}, {"next", ctypes.POINTER(Point)},
    {"draw", ctypes.CFUNCTYPE("int", ctypes.POINTER(Point), Point)}, {"data", "double[]"}}, {_pack_ = 4, _align_ = 16})
  declares(decl(Shape), [[
    struct decl_point {
      int x;
      int y : 3;
      int : 2;
      char name[8];
    };
    enum decl_color {
      decl_red = 0,
      decl_green = 5,
    };
    #pragma pack(push, 4)
    struct __attribute__((aligned(16))) decl_shape {
      struct decl_point ends[2];
      enum decl_color color;
      struct decl_point *next;
      int (*draw)(struct decl_point *, struct decl_point);
      double data[];
    };
    #pragma pack(pop)]])
  same(ctypes.sizeof("struct decl_shape"), ctypes.sizeof(Shape))
  declares(decl(ctypes.Union("decl_either", {{"i", "int"}, {"f", "float"}}), "decl_which"), [[
    union decl_either {
      int i;
      float f;
    };
    union decl_either decl_which;]])
end)

test("a type that needs definitions and is none is a typedef", function()
  local P = ctypes.Structure("decl_p", {{"x", "int"}})
  declares(decl(P * 3), [[
    struct decl_p {
      int x;
    };
    typedef struct decl_p decl_p_Array_3[3];]])
  same(decl(ctypes.POINTER(P)), "struct decl_p *") -- what is pointed to may stay incomplete
end)

test("bases are anonymous members; _anonymous_ ones keep their names", function()
  local Base = ctypes.Structure("decl_base", {{"a", "int"}})
  local Derived = ctypes.Structure("decl_derived", {{"b", "short"}}, {base = Base})
  declares(decl(Derived), [[
    struct decl_derived {
      struct {
        int a;
      };
      short b;
    };]])
  local Outer = ctypes.Structure("decl_outer", {{"u", ctypes.Union("decl_u", {{"i", "int"}})}}, {_anonymous_ = {"u"}})
  declares(decl(Outer), [[
    // in Lua the members of u are reached without that name too
    union decl_u {
      int i;
    };
    struct decl_outer {
      union decl_u u;
    };]])
end)

test("types that point to themselves", function()
  local Node = ctypes.Structure("decl_node")
  same(decl(Node), "struct decl_node;")
  Node._fields_ = {{"next", ctypes.POINTER(Node)}}
  declares(decl(Node), [[
    struct decl_node {
      struct decl_node *next;
    };]])
end)

test("what C has no words for is said in a comment, or refused", function()
  declares(decl(ctypes.Structure("decl_names", {{"int", "int"}, {"unix", "int"}})), [[
    struct decl_names {
      int int_; // called int
      int unix_; // called unix
    };]])
  declares(decl(ctypes.BigEndianStructure("decl_big", {{"x", "int"}})), [[
    struct __attribute__((scalar_storage_order("big-endian"))) decl_big { // the high byte comes first, by an attribute that only GCC has
      int x;
    };]])
  local big = ctypes.c_int.__ctype_be__
  fails("TypeError", "decl: C has no type for a int stored high byte first; a BigEndianStructure of it can be declared", decl, big)
  fails("TypeError", "C has no type for a int stored high byte first", decl, ctypes.POINTER(big * 2))
  fails("TypeError", "struct decl_mixed: member x: C has no type for a int stored high byte first", decl, ctypes.Structure("decl_mixed", {{"x", big}}))
  declares(decl(ctypes.Enum("decl_signed", {"decl_none"}, "int")), [[
    enum decl_signed { // its type is int, C takes one without sign
      decl_none = 0,
    };]])
  fails("TypeError", "decl: argument 1: a Lua function has no C type", decl, print)
  fails("TypeError", "decl: argument 1: a C type, its spelling, a function or a ctypes value is wanted, not number 5", decl, 5)
  fails("TypeError", "decl: argument 1: lib:declare() writes what is known of a library", decl, lib)
  fails("TypeError", "unknown type name", decl, "no_such_type")
end)

test("functions, as far as they are declared", function()
  local lib = ctypes.CDLL(probe_path)
  same(decl(lib.add), "int add(); // its parameters are not declared")
  lib.add.argtypes = {"int", "int"}
  declares(decl(lib.add), "int add(int, int);")
  lib.format.argtypes, lib.format.restype = {"char *", "int", "const char *", "..."}, ctypes.c_int
  declares(decl(lib.format), "int format(char *, int, const char *, ...);")
  lib.half.prototype = "double (double x)"
  declares(decl(lib.half), "double half(double x);")
  declares(decl(lib.half, "decl_halve"), "double decl_halve(double x);")
  lib.quarter.argtypes = {{from_param = function(x) return x end}}
  same(decl(lib.quarter), "int quarter(); // from_param says in each call what its parameters are")
  local Visit = ctypes.CFUNCTYPE("int", "int")
  same(decl(Visit(function() return 0 end)):match("^int [%w_]+%(int%);") ~= nil, true)
end)

test("names that C text declared", function()
  ctypes.cdef[[
    #define DECL_MOST (1 << 4)
    typedef struct { int re, im; } decl_pair;
    enum decl_kind { DECL_A, DECL_B = 7 };
    decl_pair decl_conjugate(decl_pair z, enum decl_kind how) __asm__("conjugate_v2");
    extern decl_pair decl_one;
  ]]
  same(decl("DECL_MOST"), "#define DECL_MOST (1 << 4)")
  declares(decl("decl_conjugate"), [[
    typedef struct {
      int re;
      int im;
    } decl_pair;
    enum decl_kind {
      DECL_A = 0,
      DECL_B = 7,
    };
    decl_pair decl_conjugate(decl_pair z, enum decl_kind how) __asm__("conjugate_v2");]])
  same(decl("DECL_B"), decl("enum decl_kind"))
  same(decl("decl_pair"), decl(C.decl_pair))
  same(lines(decl("decl_one")):match("[^\n]*$"), "extern decl_pair decl_one;")
end)

test("values are variables of their library, or their type", function()
  same(decl(ctypes.c_int.in_dll(lib, "counter")), "extern int counter;")
  same(decl((ctypes.c_int * 4).in_dll(lib, "table")), "extern int table[4];")
  same(decl(ctypes.c_int(5)), "int")
  same(decl(ctypes.c_int(5), "five"), "int five;")
end)

test("declare prints what is known of a library", function()
  local lib = ctypes.CDLL(probe_path, {debug_info = false})
  ctypes.cdef[[
    typedef unsigned long uint64_t;
    uint64_t add_u64(uint64_t a, uint64_t b);
    extern uint64_t big;
  ]]
  same(lines(lib:declare("u64$")), lines[[
    // ]] .. probe_path .. lines[[: 1 function
    typedef unsigned long uint64_t;
    uint64_t add_u64(uint64_t a, uint64_t b);]])
  same(lib:declare("^big$"):match("\nextern uint64_t big;$") ~= nil, true)
  lib.add.argtypes = {"int", "int"}
  local text = lib:declare("^add")
  same(text:match("^// [^\n]*: 2 of 3 functions\n") ~= nil, true)
  same(text:match("\nint add%(int, int%);\nuint64_t add_u64") ~= nil, true)
  same(text:match("\n// of 1 function nothing is known %(add_i64%); ctypes.include or ctypes.cdef declares them") ~= nil, true)
  same(lib:declare("no such name"), "// " .. probe_path .. ": no symbols")
  ctypes.cdef(text)
end)

test("what pointers lead to is defined too, where it is known", function()
  ctypes.cdef[[
    struct decl_box { int w, h; struct decl_inside *in; };
    int sum(const struct decl_box *p, int n);
  ]]
  same(lines(ctypes.CDLL(probe_path, {debug_info = false}):declare("^sum$")), lines("// " .. probe_path .. [[: 1 function
    struct decl_box {
      int w;
      int h;
      struct decl_inside *in;
    };
    int sum(const struct decl_box *p, int n);]]))
  same(decl(lib.sum), "struct decl_box;\n\nint sum(const struct decl_box *p, int n);")
end)
