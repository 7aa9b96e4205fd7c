-- Records made in Lua where C declared the parameter: what is laid out alike will do.
local libc = ctypes.CDLL(nil, {debug_info = false})
ctypes.cdef[[
struct in_addr { unsigned int s_addr; };
char *inet_ntoa(struct in_addr);
int inet_aton(const char *, struct in_addr *);
struct out { int n; struct in_addr all[2]; const char *name; };
void *memcpy(void *, const void *, size_t);
void qsort(struct in_addr *, size_t, size_t, int (*)(const struct in_addr *, const struct in_addr *));
]]

local Address = ctypes.Structure("Address", {{"bits", ctypes.c_uint32}})
local Signed = ctypes.Structure("Signed", {{"bits", ctypes.c_int32}})
local Fraction = ctypes.Structure("Fraction", {{"bits", ctypes.c_float}})
local Wide = ctypes.Structure("Wide", {{"bits", ctypes.c_uint64}})
local Two = ctypes.Structure("Two", {{"low", ctypes.c_uint16}, {"high", ctypes.c_uint16}})
local Union = ctypes.Union("Union", {{"bits", ctypes.c_uint32}})

test("by value", function()
  same(libc.inet_ntoa(Address(0x0100007f)), "127.0.0.1")
  same(libc.inet_ntoa(Signed(0x0100007f)), "127.0.0.1")
  same(libc.inet_ntoa({0x0100007f}), "127.0.0.1")
  fails("ArgumentError", "inet_ntoa: argument 1: cannot convert Fraction(bits=1.0) to struct in_addr", libc.inet_ntoa, Fraction(1))
  fails("ArgumentError", "cannot convert Wide(bits=1) to struct in_addr", libc.inet_ntoa, Wide(1))
  fails("ArgumentError", "cannot convert Two(low=1, high=0) to struct in_addr", libc.inet_ntoa, Two(1))
  fails("ArgumentError", "to struct in_addr", libc.inet_ntoa, Union(1))
  fails("ArgumentError", "to struct in_addr", libc.inet_ntoa, 1)
end)

test("by pointer, by reference and in arrays", function()
  local a = Address()
  same(libc.inet_aton("1.2.3.4", a), 1)
  same(a.bits, 0x04030201)
  same(libc.inet_aton("1.2.3.5", ctypes.byref(a)), 1)
  same(libc.inet_aton("1.2.3.6", ctypes.pointer(a)), 1)
  same(a.bits, 0x06030201)
  local list = (Address * 2)()
  same(libc.inet_aton("1.2.3.7", list), 1)
  same(list[0].bits, 0x07030201)
  fails("ArgumentError", "inet_aton: argument 2", libc.inet_aton, "1.2.3.4", Fraction())
  fails("ArgumentError", "inet_aton: argument 2", libc.inet_aton, "1.2.3.4", ctypes.c_uint32())
end)

test("in members, and the other way round", function()
  local out = ctypes.C.out{n = 1, all = {Address(1), Signed(2)}, name = "x"}
  same({out.all[0].s_addr, out.all[1].s_addr}, {1, 2})
  out.all[0] = Address(5)
  same(out.all[0].s_addr, 5)
  same(Address(ctypes.C.in_addr(7)).bits, 7)
  local Out = ctypes.Structure("Out", {{"n", ctypes.c_int}, {"all", Address * 2}, {"name", ctypes.c_char_p}})
  same(Out(out).name, "x")
  same(ctypes.C.out(Out(3, {{4}, {5}}, "y")).all[1].s_addr, 5)
end)

test("two records made in Lua are different classes all the same", function()
  local f = libc["inet_ntoa"]
  local was = f.argtypes
  f.argtypes = {Address}
  fails("ArgumentError", "cannot convert Signed(bits=1) to struct Address", f, Signed(1))
  f.argtypes = was
  same(f(Signed(1)), "1.0.0.0")
end)

test("callbacks whose parameters are alike", function()
  local list = (Address * 3)({3}, {1}, {2})
  local Compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Address), ctypes.POINTER(Address))
  libc.qsort(list, 3, 4, Compare(function(a, b) return a[0].bits - b[0].bits end))
  same({list[0].bits, list[1].bits, list[2].bits}, {1, 2, 3})
  local Any = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
  local calls = 0
  libc.qsort(list, 3, 4, Any(function(a, b) calls = calls + 1; return 0 end))
  same(calls > 0, true)
  local Wrong = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int)
  fails("ArgumentError", "if C is to call it so all the same, ctypes.cast it", libc.qsort, list, 3, 4, Wrong(function() return 0 end))
end)

test("a record whose members nobody knows goes by its name", function()
  ctypes.cdef"struct opaque; int inet_pton(int, const char *, struct opaque *);"
  local Opaque = ctypes.Structure("opaque", {{"bits", ctypes.c_uint32}})
  local o = Opaque()
  same(libc.inet_pton(2, "1.0.0.0", o), 1)
  same(o.bits, 1)
  fails("ArgumentError", "inet_pton: argument 3", libc.inet_pton, 2, "1.0.0.0", Address())
end)

test("a function of C that was declared otherwise", function()
  ctypes.cdef[[
    int abs(int); long labs(long); double atof(const char *); void free(void *);
    typedef int (*change)(int); typedef unsigned (*change_unsigned)(unsigned); typedef void (*forget)(int); typedef void (*release)(char *);
    struct changes { change f; change_unsigned g; forget h; release r; };
  ]]
  local C = ctypes.C
  local s = C.changes{f = C.abs, g = C.abs, h = C.abs, r = C.free} -- signs, unwanted results and void * are one to C's callers
  same(s.f(-3), 3)
  fails("TypeError", "changes.f: cannot convert the function labs of type long (*)(long) to int (*)(int); if C is to call it so all the same, ctypes.cast it",
    put, s, "f", C.labs)
  fails("TypeError", "cannot convert the function atof", put, s, "f", C.atof)
  fails("ArgumentError", "cannot convert the function abs", libc.qsort, (Address * 1)(), 0, 4, C.abs)
  s.f = ctypes.cast(C.labs, "change")
  s.f = ctypes.CDLL(nil).toupper -- nobody said what that is
  same(s.f(97), 65)
end)
