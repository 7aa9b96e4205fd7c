-- cdef: declarations in C.
local C = ctypes.C
local libc = ctypes.CDLL(nil, {debug_info = false})

test("functions have their signatures", function()
  ctypes.cdef[[
    int abs(int n);
    size_t strlen(const char *s);
    double strtod(const char *restrict nptr, char **restrict endptr);
    int snprintf(char *, size_t, const char *, ...);
    void srand(unsigned);
    char *getenv(const char *);
  ]]
  same(libc.abs(-3), 3)
  same(libc.strlen("four"), 4)
  same(libc.strtod("2.5 apples", nil), 2.5)
  local buffer = ctypes.create_string_buffer(20)
  same(libc.snprintf(buffer, 20, "%.1f %d", 2, 3), 5)
  same(buffer.value, "2.0 3")
  same(select("#", libc.srand(1)), 0)
  same(libc.getenv("NO_SUCH_NAME"), nil)
  fails("ArgumentError", "abs: argument 1: cannot convert string \"x\" to int", libc.abs, "x")
  fails("TypeError", "abs: 2 arguments given, 1 wanted (int)", libc.abs, 1, 2)
  same(tostring(libc.strtod):match("^<double strtod%(const char %*.*nptr, char %*%*.*endptr%) from ") ~= nil, true)
end)

test("also those that were looked up before", function()
  local libc = ctypes.CDLL(nil, {debug_info = false})
  local labs = libc.labs
  same(labs.argtypes, nil)
  ctypes.cdef"long labs(long);"
  same(labs(-2^40), 2^40)
  same(labs.prototype, "long (long)")
end)

test("argtypes and restype come before C, whether they were set first or last", function()
  local libc = ctypes.CDLL(nil, {debug_info = false})
  libc.atoi.restype = ctypes.c_double
  ctypes.cdef"int atoi(const char *); long atol(const char *);"
  prints(libc.atoi.restype, tostring(ctypes.c_double))
  libc.atol.argtypes = {ctypes.c_void_p}
  fails("ArgumentError", "atol: argument 1", libc.atol, {})
  libc.atol.prototype = "long (const char *)"
  same(libc.atol("12"), 12)
  same(ctypes.CDLL(nil).atoi("12"), 12) -- each CDLL has functions of its own
end)

test("a prototype is one declaration for all", function()
  local f = ctypes.CDLL(nil, {debug_info = false}).abs
  f.prototype = "long (*)(long)" -- a pointer to such a function will do
  same(f.prototype, "long (long)")
  f.prototype = "int (int)"
  same(f(-1), 1)
  fails("TypeError", "abs.prototype: a C function type is wanted, such as \"int (const char *, ...)\"", put, f, "prototype", 1)
  fails("TypeError", "abs.prototype: int is not the type of a function", put, f, "prototype", "int")
  fails("TypeError", "abs.prototype: ", put, f, "prototype", "int (nosuch)")
  same(f.prototype, "int (int)")
end)

test("variables are read and written by their types", function()
  ctypes.cdef"extern int opterr; extern char **environ; extern long timezone;"
  same(libc.opterr, 1)
  libc.opterr = 7
  same(C.opterr, 7)
  C.opterr = 1
  same(libc.opterr, 1)
  same(type(libc.environ[0]), "string")
  fails("TypeError", "opterr", put, libc, "opterr", "x")
  fails("AttributeError", "abs is no variable and cannot be set", put, C, "abs", 1)
end)

test("constants: enumerators, #define, static const", function()
  ctypes.cdef[[
    enum colour { RED, GREEN = 5, BLUE, NEGATIVE = -1 };
    enum { UNTAGGED = 1 << 4 };
    #define ANSWER 42
    #define MASK 0xFFFFFFFFFFFFFFFFULL
    #define MOST (~0u)
    #define LEAST (-9223372036854775807L - 1)
    #define RATIO 2.5f
    #define TITLE "dl" "sh"
    #define LETTER 'x'
    #define NOTHING ((void *)0)
    #define SAME ANSWER
    static const int limit = 10 * 2 + sizeof(long);
  ]]
  same({C.RED, C.GREEN, C.BLUE, C.NEGATIVE, C.UNTAGGED}, {0, 5, 6, -1, 16})
  same({C.ANSWER, C.SAME, C.RATIO, C.TITLE, C.LETTER, C.limit}, {42, 42, 2.5, "dlsh", 120, 28})
  prints(C.MASK, "18446744073709551615")
  same(C.MOST, 0xFFFFFFFF)
  prints(C.LEAST, "-9223372036854775808")
  same(C.NOTHING, nil)
  prints(C.colour, "<class 'colour': enum colour, 4 bytes>")
  fails("AttributeError", "ANSWER is no variable and cannot be set", put, C, "ANSWER", 1)
end)

test("types by name, and by what C calls them", function()
  ctypes.cdef[[
    typedef struct { double x, y; } point;
    struct rect { point from, to; };
    union word { unsigned whole; unsigned char bytes[4]; };
    typedef unsigned long long counter;
    typedef int row[3];
    typedef enum { OFF, ON } state;
  ]]
  local p = C.point(1, 2)
  prints(p, "point(x=1.0, y=2.0)")
  prints(C.rect{{1, 2}, {3, 4}}, "rect(from=point(x=1.0, y=2.0), to=point(x=3.0, y=4.0))")
  same(C.rect{to = p}.to.y, 2)
  same(C.word(0x01020304).bytes[0], 4)
  same(ctypes.sizeof("struct rect"), 32)
  same(ctypes.sizeof("point [4]"), 64)
  same(ctypes.sizeof(C.counter), 8)
  same(#C.row(), 3)
  same(C["struct rect"] == C.rect, true)
  same(ctypes.typeof("struct rect") == C.rect, true)
  same(ctypes.typeof("point *") == ctypes.POINTER(C.point), true)
  same(ctypes.typeof("const struct rect") == C.rect, true)
  prints(C.state, "<class 'state': state, 4 bytes>")
  prints(C.state(1), "state.ON")
  prints(ctypes.typeof("union word")(1), "word(whole=1, bytes={1, 0, 0, 0})")
end)

test("records that point to themselves, and ones known only by name", function()
  ctypes.cdef[[
    typedef struct node node;
    struct opaque;
    struct holder { struct opaque *o; };
  ]]
  fails("TypeError", "struct opaque", function() return C.opaque() end)
  prints(C.holder().o, "LP_opaque(NULL)")
  ctypes.cdef"struct node { int v; node *next; }; struct opaque { int n; };"
  local a, b = C.node(1), C.node(2)
  a.next = b
  same(a.next[0].v, 2)
  same(a.next.v, 2) -- C's a.next->v
  a.next.v = 3
  same(b.v, 3)
  fails("ValueError", "the pointer is NULL", function() return C.holder{o = nil}.o.n or b.next.v end)
  same(C.opaque(4).n, 4)
end)

test("bit-fields, unnamed members, attributes", function()
  ctypes.cdef[[
    typedef struct {
      unsigned a : 3, : 2, b : 4;
      unsigned : 0;
      union { int i; float f; struct { short lo, hi; }; };
      char tail;
    } __attribute__((packed)) mix;
    struct wide { char c __attribute__((aligned(16))); _Alignas(8) char d; };
    #pragma pack(push, 1)
    struct tight { char c; int i; };
    #pragma pack(pop)
  ]]
  same(ctypes.sizeof("mix"), 9)
  local m = C.mix(7, 9, {2}, "x")
  same({m.a, m.b, m.i, m.lo, m.hi}, {7, 9, 2, 2, 0})
  prints(C.mix{b = 1, f = 1.5}, "mix(a=0, b=1, union(i=1069547520, f=1.5, struct(lo=0, hi=16320)), tail=\"\\x00\")")
  fails("TypeError", "a", function() m.a = {} end)
  fails("TypeError", "no member \"c\"", function() return C.mix{c = 1} end)
  same({ctypes.sizeof("struct wide"), ctypes.alignment("struct wide"), ctypes.offsetof(C.wide, "d")}, {16, 16, 8})
  same(ctypes.sizeof("struct tight"), 5)
end)

test("function pointers: in members, parameters, typedefs", function()
  ctypes.cdef[[
    typedef int (*compare)(const void *, const void *);
    void qsort(void *base, size_t n, size_t size, compare by);
    struct ops { int (*twice)(int); compare by; };
  ]]
  local list = (ctypes.c_int * 3)(3, 1, 2)
  libc.qsort(list, 3, 4, function(a, b)
    a, b = ctypes.cast(a, "int *"), ctypes.cast(b, "int *")
    return a[0] - b[0]
  end)
  same({list[0], list[1], list[2]}, {1, 2, 3})
  local ops = C.ops()
  same(ops.twice, nil)
  local twice = ctypes.CFUNCTYPE("int (int)")(function(n) return 2 * n end)
  ops.twice = twice
  same(ops.twice(21), 42)
  same(C.compare == ctypes.CFUNCTYPE("int", "const void *", "const void *"), true)
end)

test("a struct without a name is made through the pointer to it", function()
  ctypes.cdef"typedef struct { int count; } *ticket;"
  fails("TypeError", "make one first, T._type_{...}", function() return C.ticket{1} end)
  same(C.ticket(C.ticket._type_{1}).count, 1)
end)

test("flexible arrays and arrays with constant expressions", function()
  ctypes.cdef[[
    enum { COUNT = 3 };
    struct table { int n; int cells[COUNT * 2 + 1][sizeof(int)]; };
    struct tail { int n; short data[]; };
  ]]
  same(ctypes.sizeof("struct table"), 4 + 7 * 4 * 4)
  same(#C.table().cells, 7)
  same(ctypes.sizeof("struct tail"), 4)
end)

test("an enum's names where a parameter or a member is one", function()
  ctypes.cdef[[
    enum which { FIRST = 2, SECOND = 3 };
    struct choice { enum which w; enum which more[2]; enum which bits : 3; };
    enum which imaxabs(enum which);
  ]]
  same(libc.imaxabs("SECOND"), 3)
  same(libc.imaxabs(C.FIRST), 2)
  local c = C.choice("FIRST", {"SECOND", "FIRST"}, "SECOND")
  prints(c, "choice(w=which.FIRST, more={which.SECOND, which.FIRST}, bits=which.SECOND)")
  same({c.w, c.more[1], c.bits}, {2, 2, 3})
  fails("ArgumentError", "imaxabs: argument 1: cannot convert string \"THIRD\" to enum which; it has FIRST, SECOND", libc.imaxabs, "THIRD")
  prints(C.which(3), "which.SECOND")
  same(C.which.FIRST, C.FIRST)
end)

test("a symbol of another name", function()
  ctypes.cdef"int magnitude(int) __asm__(\"abs\");"
  same(libc.magnitude(-4), 4)
end)

test("what C declares and no library has", function()
  ctypes.cdef"int not_there(int); static inline int doubled(int x) { return 2 * x; }"
  fails("AttributeError", "undefined symbol: not_there; it is declared, so open the library that has it", get, libc, "not_there")
  fails("AttributeError", "C declares it static or inline", get, libc, "doubled")
end)
