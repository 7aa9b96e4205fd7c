-- Misuse that can be seen before a call is refused before the call.

local libc = ctypes.CDLL(nil, {debug_info = false})
local Unary = ctypes.CFUNCTYPE("int", "int")
local int_p = ctypes.POINTER(ctypes.c_int)

-- library builds one from C text, in the folder of the test.
local function library(name, text)
  file(name .. ".c", text)
  assert(os.execute("${CC:-cc} -shared -fPIC -o " .. name .. ".so " .. name .. ".c") == 0)
  return ctypes.CDLL("./" .. name .. ".so", {debug_info = false})
end

local function address(x) return ctypes.addressof(x) end

local function build_gone(name)
  local lib = library(name, [[
    #include <stdlib.h>
    int counter = 42;
    int numbers[4] = {10, 20, 30, 40};
    static int hidden[2] = {7, 8};
    static const int fixed = 5;
    int twice(int x) { return 2 * x; }
    struct ops { int (*apply)(int); void *data; };
    static struct ops ops = {twice, &counter};
    struct ops *get_ops(void) { return &ops; }
    int (*get_twice(void))(int) { return twice; }
    int *get_hidden(void) { return hidden; }
    const int *get_fixed(void) { return &fixed; }
    int *on_heap(void) { int *p = malloc(sizeof *p); *p = 9; return p; }
    int **in_memory(void) { int **p = malloc(sizeof *p); *p = hidden; return p; }
    void fill(int **p) { *p = hidden; }
  ]])
  lib.get_hidden.restype, lib.get_fixed.restype, lib.on_heap.restype = int_p, int_p, int_p
  lib.in_memory.restype = ctypes.POINTER(int_p)
  lib.get_twice.restype = Unary
  return lib
end

test("a number that is no address is not called", function()
  fails("Fault", "CFunctionType: cannot be called: 0x1 is a small number, such as SIG_IGN, not the address of a function", Unary(1), 1)
  fails("Fault", "0xffffffffffffffff is -1, such as SIG_ERR or an error code, not the address of a function", Unary(-1), 1)
  fails("Fault", "0xfff", Unary(0xfff), 1)
  fails("Fault", "0x123450000 is not mapped: nothing is there", Unary(0x123450000), 1)
  fails("Fault", "is not mapped", Unary(ctypes.uint64("0xdead000000000000")), 1)
  fails("ValueError", "the function pointer is NULL", Unary(), 1)
  same(ctypes.cast(nil, Unary), nil)
end)

test("the error comes with the call: to have such a pointer, and to pass it, is fine", function()
  local ignore = Unary(1)
  same(ctypes.cast(ignore, "void *").value, 1)
  libc.signal.argtypes, libc.signal.restype = {"int", Unary}, Unary
  local SIGUSR2 = 12
  libc.signal(SIGUSR2, ignore) -- SIG_IGN
  libc.raise(SIGUSR2)
  local was = libc.signal(SIGUSR2, nil)
  fails("Fault", "0x1 is a small number", was, 1)
end)

test("data is not called, and is named", function()
  local lib = build_gone("named")
  local counter, numbers = ctypes.c_int.in_dll(lib, "counter"), (ctypes.c_int * 4).in_dll(lib, "numbers")
  fails("TypeError", "counter is a variable, not a function; read it with ctypes.c_int.in_dll(lib, \"counter\"), by its type", lib.counter)
  fails("Fault", "is the variable counter of ./named.so, not code; read it with", Unary(address(counter)), 1)
  fails("Fault", "is the variable counter of ./named.so, not code", ctypes.cast(ctypes.byref(counter), Unary), 1)
  fails("Fault", "is in the variable numbers of ./named.so, not code", Unary(address(numbers) + 4), 1)
  fails("Fault", "is data of ./named.so, not code", ctypes.cast(lib.get_hidden(), Unary), 1)
  fails("Fault", "not code", ctypes.cast(lib.on_heap(), Unary), 1)
  fails("Fault", "is memory of dlsh's own, not code", Unary(address(ctypes.c_int(1))), 1)
  fails("Fault", "is memory of dlsh's own, not code", ctypes.cast("\195", Unary), 1) -- ret
end)

test("the address of a function pointer is not the function", function()
  local lib = build_gone("stored")
  local pointer = ctypes.c_void_p(ctypes.cast(lib.twice, "void *").value)
  local wrong = Unary(address(pointer))
  fails("Fault", "the address of twice is stored there; with T the function type, ctypes.cast(0x", wrong, 1)
  same(ctypes.cast(ctypes.byref(pointer), ctypes.POINTER(Unary))[0](21), 42)
end)

test("dlsh's own code is not called", function()
  local callback = Unary(function(x) return x + 1 end)
  local at = ctypes.cast(callback, "void *").value
  same(Unary(at)(1), 2)
  fails("Fault", "is code of dlsh itself, not a C function", Unary(at + 1), 1)
end)

test("a callback that Lua let go of is not called", function()
  local at
  do at = ctypes.cast(Unary(function(x) return x end), "void *").value end
  for _ = 1, 10 do
    collectgarbage()
    local ok, e = pcall(Unary(at), 1)
    if not ok then return same(tostring(e), string.format("Fault: CFunctionType: cannot be called: 0x%x was a callback that Lua let go of", at)) end
  end
end)

test("what lies in a struct or comes from C is looked at too", function()
  local Ops = ctypes.Structure("Ops", {{"apply", Unary}, {"data", ctypes.c_void_p}})
  local lib = build_gone("members")
  lib.get_ops.restype = ctypes.POINTER(Ops)
  local ops = lib.get_ops()
  same(ops.apply(4), 8)
  same(lib.get_twice()(5), 10)
  ops.apply = Unary(ops.data)
  fails("Fault", "is the variable counter of ./members.so, not code", ops.apply, 1)
  local broken = ctypes.CFUNCTYPE(ctypes.c_int)
  lib.get_hidden.restype = broken
  fails("Fault", "is data of ./members.so, not code", lib.get_hidden())
end)

test("code can be called by any address in it, and memory that C made executable too", function()
  same(Unary(ctypes.cast(libc.abs, "void *").value)(-3), 3)
  local lib = library("made", [[
    #include <string.h>
    #include <sys/mman.h>
    int twice(int x) { return 2 * x; }
    void *make(void) {
      char *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      memcpy(page, (void *)twice, 64);
      __builtin___clear_cache(page, page + 64);
      return page;
    }
  ]])
  lib.make.restype = "void *"
  same(Unary(lib.make())(21), 42)
end)

test("functions of a library that was closed are not called, by whatever way they came", function()
  local lib = build_gone("closed")
  local Ops = ctypes.Structure("Ops", {{"apply", Unary}, {"data", ctypes.c_void_p}})
  lib.get_ops.restype = ctypes.POINTER(Ops)
  local copy = Ops()
  ctypes.memmove(ctypes.byref(copy), lib.get_ops(), ctypes.sizeof(Ops))
  local at = ctypes.cast(lib.twice, "void *").value
  local by_address, by_result, cast = Unary(at), lib.get_twice(), ctypes.cast(lib.twice, Unary)
  same(by_address(1) + by_result(2) + cast(3) + copy.apply(4), 20)
  _ctypes.dlclose(lib._handle)
  local gone = "./closed.so has been unloaded"
  fails("OSError", gone, by_address, 1)
  fails("OSError", gone, by_result, 1)
  fails("OSError", gone, cast, 1)
  local late = "was in ./closed.so, which has been unloaded; open it again and look the function up there"
  fails("OSError", late, copy.apply, 1)
  fails("OSError", late, Unary(at), 1)
end)

test("pointers that C gave into a library lead nowhere once it is closed", function()
  local lib = build_gone("given")
  local hidden, fixed, stored = lib.get_hidden(), lib.get_fixed(), lib.in_memory()
  local number = ctypes.cast(lib.get_hidden(), "void *").value
  local by_number, view = ctypes.cast(number, int_p), ctypes.c_int.from_address(number)
  local filled, heap = int_p(), lib.on_heap()
  lib.fill(ctypes.byref(filled))
  same(hidden[1] + fixed[0] + by_number[0] + view.value + filled[0] + stored[0][0], 8 + 5 + 7 + 7 + 7 + 7)
  _ctypes.dlclose(lib._handle)
  local gone = "the memory belongs to ./given.so, which has been unloaded"
  for _, p in ipairs {hidden, fixed, by_number} do
    fails("OSError", gone, get, p, 0)
    fails("OSError", gone, put, p, 0, 1)
    fails("OSError", gone, get, p, "contents")
    fails("OSError", gone, libc.write, 1, p, 4)
    same(tostring(p):find(", unloaded", 1, true) ~= nil, true)
  end
  fails("OSError", gone, get, view, "value")
  same(heap[0], 9) -- what the library allocated is still there
end)

test("pointers that C stored into a library are seen when they are used, once it is closed", function()
  local function try()
    local lib = build_gone("kept")
    local number, stored, filled = ctypes.cast(lib.get_hidden(), "void *").value, lib.in_memory(), int_p()
    lib.fill(ctypes.byref(filled))
    _ctypes.dlclose(lib._handle)
    local late = "the memory is not there; it was in ./kept.so, which has been unloaded"
    fails("Fault", late, get, filled, 0)
    fails("Fault", late, get, stored[0], 0)
    fails("OSError", "the memory belongs to ./kept.so, which has been unloaded", libc.write, -1, filled, 4)
    fails("Fault", late, ctypes.string_at, number)
  end
  -- Other threads map memory too: something else may have come to lie there.
  for _ = 1, 9 do
    if pcall(try) then return end
  end
  try()
end)

test("free takes only what malloc gave", function()
  local lib = build_gone("allocated")
  libc.free.argtypes = {"void *"}
  local own = "is memory of dlsh's own, not malloc's; it is freed when no Lua value refers to it"
  local Point = ctypes.Structure("Point", {{"x", "int"}, {"y", "int"}})
  local point, buffer = Point(1, 2), ctypes.create_string_buffer(10)
  fails("ArgumentError", [[free: argument 1: c_char_Array_10("") ]] .. own, libc.free, buffer)
  fails("ArgumentError", [[free: argument 1: string "text" ]] .. own, libc.free, "text")
  fails("ArgumentError", own, libc.free, ctypes.byref(point))
  fails("ArgumentError", own, libc.free, ctypes.pointer(point))
  fails("ArgumentError", own, libc.free, (ctypes.c_int * 3)())
  fails("ArgumentError", own, libc.free, ctypes.cast(buffer, "char *"))
  local libc2 = ctypes.CDLL(nil, {debug_info = false})
  fails("ArgumentError", own, libc2.free, buffer) -- undeclared as well
  local wrong = "is not memory that malloc gave: it is "
  fails("ArgumentError", wrong .. "memory of dlsh's own", libc.free, address(buffer))
  fails("ArgumentError", wrong .. "the variable counter of ./allocated.so", libc.free, address(ctypes.c_int.in_dll(lib, "counter")))
  fails("ArgumentError", wrong .. "data of ./allocated.so", libc.free, lib.get_hidden())
  fails("ArgumentError", wrong .. "not mapped", libc.free, 0x123450000)
  libc.realloc.argtypes, libc.realloc.restype = {"void *", "size_t"}, int_p
  fails("ArgumentError", "realloc: argument 1: c_char_Array_10", libc.realloc, buffer, 100)
  local heap = lib.on_heap()
  fails("ArgumentError", wrong .. "no multiple of 16", libc.free, ctypes.cast(heap, "void *").value + 4)
  libc.free(heap)
  libc.free(nil)
  libc.strdup.restype = "void *"
  libc.free(libc.strdup("a copy"))
end)

test("what was given to free is not used again", function()
  local lib = build_gone("freed")
  libc.free.argtypes = {"void *"}
  local p = lib.on_heap()
  same(p[0], 9)
  libc.free(p)
  local line = "was given to free ("
  fails("Fault", line, get, p, 0)
  fails("Fault", line, put, p, 0, 1)
  fails("Fault", line, get, p, "contents")
  fails("Fault", line, libc.write, 1, p, 4)
  fails("Fault", "free: argument 1: 0x", libc.free, p)
  fails("Fault", line, ctypes.cast, p, "void *")
  fails("Fault", "misuse.lua:", libc.free, p)
  same(tostring(p):find(", freed)", 1, true) ~= nil, true)
  p.contents = ctypes.c_int(3)
  same(p[0], 3)
end)

test("memory that C gives out again is not taken for what was freed", function()
  local lib = build_gone("again")
  libc.free.argtypes = {"void *"}
  for _ = 1, 100 do
    local p = lib.on_heap()
    same(p[0], 9)
    libc.free(p)
  end
  -- the pointer is C's to set: asprintf and the like store there what may be the same address
  libc.posix_memalign.argtypes = {"void *", "size_t", "size_t"}
  local out = int_p()
  for i = 1, 100 do
    libc.posix_memalign(ctypes.byref(out), 16, 64)
    out[0] = i
    same(out[0], i)
    libc.free(out)
  end
  local Holder = ctypes.Structure("Holder", {{"p", int_p}})
  local holder = Holder()
  for i = 1, 100 do
    libc.posix_memalign(ctypes.byref(holder), 16, 64)
    holder.p[0] = i
    same(holder.p[0], i)
    libc.free(holder.p)
  end
end)

test("realloc takes away what it moves", function()
  libc.realloc.argtypes, libc.realloc.restype = {"void *", "size_t"}, int_p
  libc.malloc.restype, libc.malloc.argtypes = int_p, {"size_t"}
  local p = libc.malloc(64)
  local q = libc.realloc(p, 32) -- it stays
  if ctypes.cast(p, "void *").value == ctypes.cast(q, "void *").value then
    p[0] = 1
    same(q[0], 1)
  end
  local fence = libc.malloc(64)
  local far = libc.realloc(q, 1000000)
  far[0] = 2
  fails("Fault", "was given to realloc (", get, q, 0)
  libc.free(far)
  libc.free(fence)
end)

test("a file is closed once", function()
  local File = ctypes.Structure("File")
  libc.fopen.restype = ctypes.POINTER(File)
  libc.fclose.argtypes, libc.fputs.argtypes = {"void *"}, {"const char *", "void *"}
  local f = libc.fopen("/dev/null", "w")
  libc.fputs("text", f)
  same(libc.fclose(f), 0)
  fails("Fault", "fclose: argument 1: 0x", libc.fclose, f)
  fails("Fault", "was given to fclose (", libc.fputs, "text", f)
  fails("ArgumentError", "fclose: argument 1: NULL is no file", libc.fclose, nil)
  fails("ArgumentError", "is memory of dlsh's own, not what C gave", libc.fclose, ctypes.create_string_buffer(300))
end)

test("the loader's own functions get no handle that is not open", function()
  local lib = build_gone("handles")
  local handle = lib._handle
  libc.dlclose.argtypes, libc.dlsym.argtypes, libc.dlsym.restype = {"void *"}, {"void *", "const char *"}, "void *"
  same(libc.dlsym(handle, "twice") ~= nil, true)
  same(libc.dlsym(nil, "abs") ~= nil, true) -- RTLD_DEFAULT
  same(libc.dlclose(handle), 0)
  fails("OSError", "dlclose: argument 1: handle 0x", libc.dlclose, handle)
  fails("OSError", "is not open: ./handles.so was unloaded", libc.dlsym, handle, "twice")
  fails("OSError", "is not open: no loaded library has it", libc.dlsym, 77, "twice")
  fails("OSError", "is not open", libc.dlclose, nil)
  fails("OSError", "is not open", libc.dlclose, ctypes.create_string_buffer(2000))
  libc.dladdr.argtypes = {"void *", "void *"}
  same(libc.dladdr(77, ctypes.create_string_buffer(32)), 0)
  libc.dlmopen.argtypes, libc.dlmopen.restype = {"long", "const char *", "int"}, "void *"
  local apart = libc.dlmopen(-1, "./handles.so", ctypes.RTLD_NOW) -- LM_ID_NEWLM: a namespace of its own
  if apart then
    local twice = Unary(libc.dlsym(apart, "twice"))
    same(twice(4), 8)
    same(libc.dlclose(apart), 0)
    fails("OSError", "is not open", libc.dlclose, apart)
  end
end)

test("C is not told to write past the end of a C value of Lua's", function()
  local lib = ctypes.CDLL(nil, {debug_info = false})
  local buffer, other = ctypes.create_string_buffer(10), ctypes.create_string_buffer(20)
  fails("ArgumentError", [[memset: argument 1: 11 bytes do not fit into c_char_Array_10(""), there are 10]], lib.memset, buffer, 0, 11)
  lib.memset(buffer, 65, 10)
  fails("ArgumentError", "memcpy: argument 1: 20 bytes do not fit into", lib.memcpy, buffer, other, 20)
  fails("ArgumentError", "memcpy: argument 2: 20 bytes do not fit into", lib.memcpy, other, buffer, 20)
  fails("ArgumentError", "there are 6", lib.memset, ctypes.byref(buffer, 4), 0, 10)
  fails("ArgumentError", "fread: argument 1: 12 bytes do not fit into", lib.fread, buffer, 4, 3, nil)
  fails("ArgumentError", "read: argument 2: 4096 bytes do not fit into", lib.read, 0, buffer, 4096)
  fails("ArgumentError", "qsort: argument 1: 16 bytes do not fit into", lib.qsort, (ctypes.c_int * 3)(), 4, 4, nil)
  lib.memcpy(other, buffer, 10)
  same(other.value, ("A"):rep(10))
end)

test("C does not look for an argument that was not passed", function()
  local lib = ctypes.CDLL(nil, {debug_info = false})
  local O_CREAT = 0x40
  fails("TypeError", "open: argument 3: the flags say to make a file, so its mode is wanted", lib.open, "made", O_CREAT + 1)
  local fd = lib.open("made", O_CREAT + 1, tonumber("600", 8))
  same(fd >= 0, true)
  lib.close(fd)
  lib.close(lib.open("made", 0))
  fails("TypeError", "execl: argument 3: the list must end with nil, for NULL", lib.execl, "/nonexistent", "x")
  same(lib.execl("/nonexistent", "x", nil), -1)
end)

test("what C declares is what is passed", function()
  ctypes.cdef("size_t strlen(const char *); char *strcpy(char *, const char *);")
  local lib = ctypes.CDLL(nil)
  fails("ArgumentError", "strlen: argument 1: cannot convert number 5 to const char *", lib.strlen, 5)
  fails("ArgumentError", "strcpy: argument 1", lib.strcpy, 5, "text")
  fails("TypeError", "strcpy: 1 argument given, 2 wanted", lib.strcpy, ctypes.create_string_buffer(5))
end)
