-- Macros of C: constants, expressions, calls of functions, objects.
local C = ctypes.C

-- there reports whether a header is installed. On CI all are: a test that finds none fails.
local function there(name, title)
  local f = io.open("/usr/include/" .. name)
  if f then f:close() end
  if not f and not os.getenv("CI") then
    print("skip - " .. title .. " # " .. name .. " is not installed")
    return false
  end
  return true
end

ctypes.cdef[[
  int abs(int), atoi(const char *), tolower(int), rand(void), putenv(char *), strcmp(const char *, const char *);
  size_t strlen(const char *); char *strdup(const char *); char *strchr(const char *, int); char *getenv(const char *);
  void free(void *), srand(unsigned); void *memcpy(void *, const void *, size_t), *memset(void *, int, size_t);
  double fabs(double); float fabsf(float); long double fabsl(long double);
  int snprintf(char *, size_t, const char *, ...);
  void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
  typedef struct { int quot, rem; } div_t; div_t div(int, int);
  extern int opterr; extern char **environ;
  int *__errno_location(void);
  struct point { int x, y; struct point *next; };
]]

test("an expression of its arguments", function()
  ctypes.cdef[[
    #define MAX(a, b) ((a) > (b) ? (a) : (b))
    #define MASK(n) (1u << (n))
    #define NEGATIVE(x) (-(x))
    #define SIZE(x) sizeof(x)
    #define GREET(who) "hello " who "!"
    #define HALF(x) ((x) / 2)
  ]]
  same({C.MAX(3, 5), C.MAX(2.5, 1), C.MASK(31), C.GREET("C")}, {5, 2.5, 0x80000000, "hello C!"})
  same({C.NEGATIVE(ctypes.c_uint(1)), C.NEGATIVE(1), C.NEGATIVE(true)}, {0xffffffff, -1, -1})
  prints(C.NEGATIVE(ctypes.uint64(1)), "18446744073709551615")
  -- A number is what C takes the same digits for.
  same({C.SIZE(1), C.SIZE(3e9), C.SIZE(1.5), C.SIZE("four"), C.SIZE(ctypes.c_short(1)), C.SIZE(C.point()), C.SIZE(nil)}, {4, 8, 8, 5, 2, 16, 8})
  same({C.HALF(3), C.HALF(ctypes.c_double(3))}, {1, 1.5})
end)

test("a macro prints as what it stands for", function()
  prints(C.MAX, "<macro MAX(a, b): ((a) > (b) ? (a) : (b))>")
  same(C.MAX == C.MAX, true)
  same(type(C.MAX), "function")
end)

test("functions are called, with whatever Lua would pass them", function()
  ctypes.cdef[[
    #define LENGTH(s) strlen((s))
    #define FORMAT(b, fmt, ...) snprintf((b), sizeof(b), fmt, ##__VA_ARGS__)
    #define SORT(a, by) qsort(a, sizeof(a) / sizeof(*(a)), sizeof((a)[0]), by)
    #define CLEAR(p) memset(&(p), 0, sizeof(p))
    #define FILL(p, c) memset((p), (c), sizeof(*(p)))
    #define QUOTIENT(a, b) (div(a, b).quot)
    #define DIV(a, b) div((a), (b))
    #define SEED() srand(7)
    #define LOG(...) snprintf(NULL, 0, __VA_ARGS__)
    #define NULL ((void *)0)
  ]]
  local b = ctypes.create_string_buffer(20)
  same({C.LENGTH("four"), C.LENGTH(ctypes.c_char_p("four")), C.LENGTH(b)}, {4, 4, 0})
  same({C.FORMAT(b, "plain"), b.value}, {5, "plain"})
  same({C.FORMAT(b, "%d %s %.1f", 7, "x", 2), b.value}, {7, "7 x 2.0"})
  same(C.LOG("%d%%", 50), 3)
  local list = (ctypes.c_int * 4)(3, 1, 4, 1)
  same(select("#", C.SORT(list, function(x, y) return ctypes.cast(x, "int *")[0] - ctypes.cast(y, "int *")[0] end)), 0)
  same(list:slice(), {1, 1, 3, 4})
  local p = C.point(1, 2)
  C.CLEAR(p)
  same({p.x, p.y}, {0, 0})
  C.FILL(ctypes.byref(p), 1)
  same(p.y, 0x01010101)
  C.FILL(ctypes.pointer(p), 0)
  fails("ArgumentError", "FILL: memset: argument 1: cannot convert point", C.FILL, p, 0) -- memset itself would not take it
  same(p.y, 0)
  same(C.QUOTIENT(7, 2), 3)
  prints(C.DIV(7, 2), "div_t(quot=3, rem=1)")
  same(select("#", C.SEED()), 0)
end)

test("results are C's, and what is calculated with them", function()
  ctypes.cdef[[
    #define LESS(s, n) (strlen(s) - (n))
    #define SHORT(x) ((signed char)abs(x))
    #define MEAN(a, b) ((fabs(a) + fabsf(b)) / 2)
    #define THIRD(x) (fabsl(x) / 3)
    #define SAME(a, b) !strcmp(a, b)
    #define UPSIDE(c) (tolower(c) ^ 1)
    #define FLAG(x) ((_Bool)abs(x))
    #define TENTH 0.1L
  ]]
  prints(C.LESS("abc", 4), "18446744073709551615") -- size_t has no -1
  local m = ctypes.include("stdlib.h", {lib = "m"}) -- the functions of another library
  same({m.MEAN(-1, -2), m.THIRD(-1.5)}, {1.5, 0.5})
  same(m.THIRD(1) == ctypes.longdouble(1) / 3 or m.THIRD(1) == 1 / 3, true)
  same({C.LESS("abc", 1), C.SHORT(200), C.SAME("a", "a"), C.SAME("a", "b"), C.UPSIDE(65)}, {2, -56, 1, 0, 96})
  same({C.FLAG(-5), C.FLAG(0)}, {true, false})
  same(C.TENTH == ctypes.longdouble("0.1") or C.TENTH == 0.1, true)
end)

test("an address stays one", function()
  ctypes.cdef[[
    #define FREED(s) free(strdup(s))
    #define REST(s, c) (strchr((s), c) + 1)
    #define FIND(s, c) (strchr(s, c) ? strchr(s, c) - (s) : -1)
    #define BYTES(s) ((unsigned char *)strdup(s))
    #define PLACE(a, i) (&(a)[i])
    #define FIRST(p) ((p) ? (p)->x : -1)
    #define LINKED(p) ((p)->next->x)
    #define ISNULL(p) ((p) == NULL)
  ]]
  same(select("#", C.FREED(("x"):rep(100))), 0) -- not a copy that Lua made
  local b = ctypes.create_string_buffer("key=value")
  same({C.REST(b, 61), C.FIND(b, 61), C.FIND(b, 64)}, {"value", 3, -1})
  local bytes = C.BYTES("\200x")
  same({bytes[0], bytes[1]}, {200, 120})
  ctypes.CDLL(nil).free(bytes)
  local p, q = C.point(3, 4), C.point(5, 6)
  p.next = q
  same({C.FIRST(p), C.FIRST(nil), C.FIRST(ctypes.byref(q)), C.FIRST(p.next), C.LINKED(p)}, {3, -1, 5, 5, 5})
  same({C.ISNULL(nil), C.ISNULL(p), C.ISNULL(ctypes.c_void_p())}, {1, 0, 1})
  -- A pointer into an array keeps the array.
  local place = C.PLACE((ctypes.c_int * 1000)(10, 20, 30), 2)
  for i = 1, 20 do local _ = ctypes.create_string_buffer(4000) end
  collectgarbage()
  same(place[0], 30)
end)

test("what C does not evaluate is not evaluated", function()
  ctypes.cdef[[
    typedef int (*asked)(int);
    #define AND(f, g) (f(1) && g(2))
    #define OR(f, g) (f(1) || g(2))
    #define PICK(c, f, g) ((c) ? f(1) : g(2))
    #define THEN(f, g) (f(1), g(2))
    #define SIZED(f) sizeof(f(1))
    #define WRONG(f, p) (f(1) + *(p))
  ]]
  local calls = {}
  local function asked(result)
    return C.asked(function(n) calls[#calls + 1] = n; return result end)
  end
  local yes, no = asked(5), asked(0)
  local function calling(fn, ...)
    calls = {}
    local result = fn(...)
    return result .. ": " .. table.concat(calls, " ")
  end
  same({calling(C.AND, yes, no), calling(C.AND, no, yes), calling(C.OR, yes, no), calling(C.OR, no, yes)}, {"0: 1 2", "0: 1", "1: 1", "1: 1 2"})
  same({calling(C.PICK, 1, yes, no), calling(C.PICK, 0, yes, no), calling(C.THEN, no, yes), calling(C.SIZED, yes)}, {"5: 1", "0: 2", "5: 1 2", "4: "})
  -- Nothing is called where a part of the whole is wrong.
  calls = {}
  fails("ValueError", "WRONG: it is no pointer; it expands to ( f ( 1 ) + * ( p ) )", C.WRONG, yes, 5)
  same(#calls, 0)
end)

test("objects, and setting them", function()
  ctypes.cdef[[
    #define OPTERR (opterr)
    #define NEXT(x) ((x) += 1)
    #define SWAPPED(a, b) ((a) ^= (b), (b) ^= (a), (a) ^= (b))
    #define POINT(p, a, b) ((p)->x = (a), (p)->y = (b))
    #define ENTRY(i) (environ[i])
    #define LINK(p, q) ((p)->next = (q))
  ]]
  same(C.OPTERR, 1)
  C.OPTERR = 3
  same({C.opterr, C.OPTERR}, {3, 3})
  C.opterr = 1
  local a, b = ctypes.c_int(1), ctypes.c_int(2)
  same({C.NEXT(a), a.value}, {2, 2})
  a.value = 1
  C.SWAPPED(a, b)
  same({a.value, b.value}, {2, 1})
  local p, q = C.point(), C.point(7)
  C.POINT(p, 3, 2^31)
  same({p.x, p.y}, {3, -2^31})
  C.LINK(p, q)
  q = nil
  collectgarbage()
  same(p.next.x, 7)
  same(type(C.ENTRY(0)), "string")
  fails("ValueError", "NEXT: it sets what is in no memory", C.NEXT, 1)
  fails("AttributeError", "MAX is no variable and cannot be set", put, C, "MAX", 1)
  ctypes.cdef"#define FIXED (*(const int *)&opterr)"
  same(C.FIXED, 1)
  fails("TypeError", "FIXED cannot be set, it is const: const int", put, C, "FIXED", 2)
end)

test("errno", function()
  ctypes.cdef"int chdir(const char *); double strtod(const char *, char **);"
  local errno = ctypes.include("errno.h")
  same(C.chdir("/no such folder"), -1)
  same(errno.errno, errno.ENOENT)
  errno.errno = 0
  same(errno.errno, 0)
  C.strtod("1e999", nil)
  same({C.errno, C.ERANGE}, {34, 34})
  errno.errno = 7
  same(C.errno, 7)
end)

test("a string that is written in a macro is there for good", function()
  ctypes.cdef[[
    #define REMEMBER() putenv("DLSH_TEST_LITERAL=kept")
  ]]
  same(C.REMEMBER(), 0)
  for i = 1, 50 do local _ = ctypes.create_string_buffer(100) end
  collectgarbage()
  same(C.getenv("DLSH_TEST_LITERAL"), "kept")
end)

test("numbers of arguments, and arguments that do not fit", function()
  fails("TypeError", "MAX: 1 argument given, 2 wanted (a, b)", C.MAX, 1)
  fails("TypeError", "SEED: 1 argument given, none wanted", C.SEED, 1)
  fails("TypeError", "FORMAT: 1 argument given, at least 2 wanted (b, fmt, ...)", C.FORMAT, "x")
  fails("ArgumentError", "LENGTH: strlen: argument 1: cannot convert number 5 to const char *", C.LENGTH, 5)
  fails("ValueError", "MAX: a is neither a number nor a string, a pointer or an object of C", C.MAX, {}, 1)
  fails("ValueError", "division by zero", function() ctypes.cdef"#define OVER(x) (1 / (x))"; C.OVER(0) end)
  fails("ValueError", "% is not for floating numbers", function() ctypes.cdef"#define ODD(x) ((x) % 2)"; C.ODD(1.5) end)
  local ok, e = pcall(function() C.LENGTH({}) end)
  same(e.where:match("macros.lua:%d+$") ~= nil, true)
end)

test("memory that is not there", function()
  ctypes.cdef[[
    #define READ(p) (*(int *)(p))
    #define CALL(f) ((int (*)(int))(f))(1)
  ]]
  same(C.READ(ctypes.byref(ctypes.c_int(42))), 42)
  fails("Fault", "READ: ", C.READ, 8)
  fails("Fault", "", C.READ, nil)
  fails("ValueError", "the function pointer is NULL", C.CALL, nil)
end)

test("errcheck and restype have their say", function()
  local lib = ctypes.CDLL(nil, {debug_info = false})
  local c = ctypes.include("stdlib.h", {lib = lib})
  ctypes.cdef"#define NUMBER(s) (atoi(s) + 1)\n#define TEXT(s) atoi(s)"
  lib.atoi.errcheck = function(result, f, args)
    if result == 0 then error("no number: " .. args[1], 0) end
    return result * 10
  end
  same(c.NUMBER("4"), 41)
  fails("", "no number: x", c.NUMBER, "x")
  lib.atoi.errcheck = nil
  same(c.NUMBER("4"), 5)
  lib.atoi.restype = function(n) return "got " .. n end
  same(c.TEXT("4"), "got 4")
  fails("ValueError", "", c.NUMBER, "4")
  same(C.NUMBER("4"), 5) -- another library's atoi
  lib.atoi.restype = ctypes.c_double
  fails("TypeError", "atoi: its restype was set to double, and the macro needs what C declares, int", c.NUMBER, "4")
  lib.strdup.argtypes = {"const char *"}
  same(select("#", c.FREED("again")), 0)
  lib.strdup.errcheck = function(text) return text end
  fails("ArgumentError", "the address of string \"once more\" is not known any more", c.FREED, "once more")
end)

test("in a coroutine, and from a callback", function()
  same(coroutine.wrap(function() coroutine.yield(C.LENGTH("four")) end)(), 4)
  local n
  local list = (ctypes.c_int * 2)(2, 1)
  C.SORT(list, function() n = C.LENGTH("inner"); return 0 end)
  same(n, 5)
end)

test("macros that cannot be used say why", function()
  ctypes.cdef[[
    #define QUOTED(x) strlen(#x)
    #define BLOCK(x) do { abs(x); } while (0)
    #define UNKNOWN(x) nobody(x)
    #define HERE() abs(__LINE__)
    #define COUNT(x) (opterr++)
  ]]
  fails("TypeError", "QUOTED cannot be used: it joins or quotes its parameters", get, C, "QUOTED")
  fails("TypeError", "BLOCK cannot be used: it is a statement, not an expression", get, C, "BLOCK")
  fails("TypeError", "UNKNOWN cannot be used: nobody is not declared", get, C, "UNKNOWN")
  fails("TypeError", "HERE cannot be used: it is different at each place it is used", get, C, "HERE")
  fails("TypeError", "COUNT cannot be used: it assigns", get, C, "COUNT")
  ctypes.cdef"int nobody(int) __asm__(\"abs\");"
  same(C.UNKNOWN(-3), 3)
end)

test("constants that are functions to C", function()
  local sig = ctypes.include("signal.h")
  ctypes.cdef"#define IGNORES(f) ((f) == (void (*)(int))1)"
  same({C.IGNORES(sig.SIG_IGN), C.IGNORES(nil), sig.SIG_DFL}, {1, 0})
  local old = sig.signal(sig.SIGUSR2, sig.SIG_IGN)
  same(C.IGNORES(sig.signal(sig.SIGUSR2, old)), 1)
end)

test("names that a header nobody included declares", function()
  fails("AttributeError", "M_PI is not declared; it is declared in <math.h>", get, C, "M_PI")
  fails("AttributeError", "opendir is not declared; it is declared in <dirent.h>", get, C, "opendir")
  same(ctypes.include("math.h").M_PI, math.pi)
end)

test("zlib: what deflateInit packs, inflateInit unpacks", function()
  if not there("zlib.h", "zlib: what deflateInit packs, inflateInit unpacks") then return end
  local z = ctypes.include("zlib.h", {lib = "z"})
  prints(z.deflateInit, "<macro deflateInit(strm, level): deflateInit_((strm), (level), ZLIB_VERSION, (int)sizeof(z_stream))>")
  local text = ("the quick brown fox jumps over the lazy dog; "):rep(200)
  local from, packed, back = ctypes.create_string_buffer(text, #text), ctypes.create_string_buffer(1000), ctypes.create_string_buffer(#text)

  local s = z.z_stream()
  same(z.deflateInit(s, z.Z_BEST_COMPRESSION), z.Z_OK)
  s.next_in, s.avail_in, s.next_out, s.avail_out = from, #text, packed, 1000
  same(z.deflate(s, z.Z_FINISH), z.Z_STREAM_END)
  local n = s.total_out
  same({z.deflateEnd(s), n < 200}, {z.Z_OK, true})

  s = z.z_stream()
  same(z.inflateInit(s), z.Z_OK)
  s.next_in, s.avail_in, s.next_out, s.avail_out = packed, n, back, #text
  same(z.inflate(s, z.Z_FINISH), z.Z_STREAM_END)
  same({z.inflateEnd(s), back.raw == text}, {z.Z_OK, true})
  fails("TypeError", "deflateInit: 1 argument given, 2 wanted (strm, level)", z.deflateInit, s)
end)

test("OpenSSL: a context, a name, a memory BIO", function()
  if not there("openssl/ssl.h", "OpenSSL: a context, a name, a memory BIO") then return end
  local ssl = ctypes.include("openssl/ssl.h", {lib = "ssl"})
  local ctx = ssl.SSL_CTX_new(ssl.TLS_client_method())
  local mode = ssl.SSL_CTX_set_mode(ctx, ssl.SSL_MODE_AUTO_RETRY)
  same({mode, ssl.SSL_CTX_get_mode(ctx)}, {mode, mode})
  same({ssl.SSL_CTX_set_min_proto_version(ctx, ssl.TLS1_2_VERSION), ssl.SSL_CTX_get_min_proto_version(ctx)}, {1, ssl.TLS1_2_VERSION})
  local con = ssl.SSL_new(ctx)
  same(ssl.SSL_set_tlsext_host_name(con, "example.org"), 1) -- a string, cast to char *
  same(ssl.SSL_get_servername(con, ssl.TLSEXT_NAMETYPE_host_name), "example.org")
  local bio = ssl.BIO_new(ssl.BIO_s_mem())
  same(ssl.BIO_write(bio, "some bytes", 10), 10)
  local p = ctypes.POINTER(ctypes.c_char)()
  same({ssl.BIO_get_mem_data(bio, ctypes.byref(p)), ssl.BIO_pending(bio)}, {10, 10})
  same(ctypes.string_at(p, 10), "some bytes")
  ssl.BIO_free(bio)
  ssl.SSL_free(con)
  ssl.SSL_CTX_free(ctx)
end)

test("SDL: a picture in a file", function()
  if not there("SDL2/SDL.h", "SDL: a picture in a file") then return end
  local sdl = ctypes.include("SDL2/SDL.h", {lib = "SDL2-2.0"})
  local surface = sdl.SDL_CreateRGBSurface(0, 4, 3, 32, 0, 0, 0, 0)
  same({sdl.SDL_MUSTLOCK(surface), sdl.SDL_SaveBMP(surface, "picture.bmp")}, {0, 0})
  local again = sdl.SDL_LoadBMP("./picture.bmp")
  same({again.w, again.h}, {4, 3})
  same(sdl.SDL_LoadBMP("./nosuch.bmp"), nil)
end)

test("wait's and stat's macros", function()
  local w, st = ctypes.include("sys/wait.h"), ctypes.include("sys/stat.h")
  same({w.WIFEXITED(0x300), w.WEXITSTATUS(0x300), w.WIFSIGNALED(9), w.WTERMSIG(9)}, {1, 3, 1, 9})
  same({st.S_ISDIR(st.S_IFDIR), st.S_ISREG(st.S_IFDIR)}, {1, 0})
  local sys = ctypes.include("sys/select.h")
  local set = sys.fd_set()
  sys.FD_SET(3, set)
  same({sys.FD_ISSET(3, set), sys.FD_ISSET(4, ctypes.byref(set))}, {1, 0})
  sys.FD_CLR(3, ctypes.pointer(set))
  same(sys.FD_ISSET(3, set), 0)
end)

test("an address in a string that was given is good as long as it is needed", function()
  ctypes.cdef[[
    char *strchr(const char *, int);
    int strcmp(const char *, const char *);
    unsigned char *bytes_from(const char *, const char *) __asm__("strpbrk");
    #define LATER(a, b) strcmp(strchr(a, 'x'), strchr(b, 'x'))
    #define FROM_X(s) strchr(s, 'x')
    #define BYTES_FROM_X(s) bytes_from(s, "x")
  ]]
  same(C.LATER("aaxa", "bbxb") < 0, true)
  same(C.LATER("..xb", ".xb"), 0)
  same(C.FROM_X("aaxbc"), "xbc")
  local p = C.BYTES_FROM_X("aaxyz")
  for _ = 1, 100 do C.BYTES_FROM_X("QQQQQxQ") end
  collectgarbage()
  same({p[0], p[1], p[2], p[3]}, {120, 121, 122, 0})
  local buffer = ctypes.create_string_buffer("..x!")
  p, buffer = C.BYTES_FROM_X(buffer), nil
  collectgarbage()
  same({p[0], p[1]}, {120, 33})
end)
