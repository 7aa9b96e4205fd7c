-- NULL, wild and read-only memory, touched from Lua: an error, and the process lives.

local lib = ctypes.CDLL(probe_path)
local int_p = ctypes.POINTER(ctypes.c_int)

test("NULL", function()
  local p = int_p()
  fails("ValueError", "LP_c_int: the pointer is NULL", get, p, 0)
  fails("ValueError", "LP_c_int: the pointer is NULL", put, p, 0, 1)
  fails("ValueError", "LP_c_int: the pointer is NULL", get, p, "contents")
  fails("Fault", "cannot read a string from a NULL pointer", ctypes.string_at, nil)
  fails("Fault", "cannot read 4 bytes from a NULL pointer", ctypes.string_at, 0, 4)
  fails("Fault", "NULL pointer", ctypes.wstring_at, 0)
  fails("Fault", "cannot write 3 bytes to a NULL pointer", ctypes.memmove, 0, "abc", 3)
  fails("Fault", "cannot write 1 byte to a NULL pointer", ctypes.memset, nil, 0, 1)
  fails("Fault", "cannot read 4 bytes from a NULL pointer", get, ctypes.c_int.from_address(0), "value")
  fails("Fault", "cannot write 4 bytes to a NULL pointer", put, ctypes.c_int.from_address(0), "value", 1)
  same(ctypes.string_at(0, 0), "") -- nothing is read
end)

test("wild addresses", function()
  for _, address in ipairs{1, 16, 4095, 2^40 + 1, 2^46, 2^47, 2^48, 2^60, 2^63, ctypes.uint64("0xffffffffffffffff"), -8} do
    local p = ctypes.cast(address, int_p)
    fails("Fault", "LP_c_int[0]: cannot read 4 bytes from 0x", get, p, 0)
    fails("Fault", "LP_c_int[0]: cannot write 4 bytes to 0x", put, p, 0, 1)
    fails("Fault", "cannot read 4 bytes", get, p.contents, "value")
    fails("Fault", "cannot write 4 bytes", put, p.contents, "value", 1)
    fails("Fault", "cannot read a string", ctypes.string_at, address)
    fails("Fault", "cannot read 8 bytes", ctypes.string_at, address, 8)
    fails("Fault", "cannot read", ctypes.wstring_at, address)
    fails("Fault", "cannot write 2 bytes", ctypes.memmove, address, "ab", 2)
    fails("Fault", "cannot read 2 bytes", ctypes.memmove, ctypes.create_string_buffer(2), address, 2)
    fails("Fault", "cannot write 2 bytes", ctypes.memset, address, 0, 2)
    fails("Fault", "cannot read", get, ctypes.cast(address, ctypes.c_char_p), "value")
    fails("Fault", "cannot read", get, ctypes.c_double.from_address(address), "value")
    fails("Fault", "cannot read", get, (ctypes.c_int * 3).from_address(address), 0)
    fails("Fault", "cannot read", get, (ctypes.c_char * 3).from_address(address), "raw")
    fails("Fault", "", p.slice, p, 0, 2)
  end
end)

test("an address that wraps around to one that is there", function()
  -- 2^62 ints are 2^64 bytes: without care, p[2^62] is p[0].
  local a = (ctypes.c_int * 4)(1, 2, 3, 4)
  local p = ctypes.cast(a, int_p)
  for _, i in ipairs{2^62, -2^62, 2^62 + 2^20, 2^63, -2^63, 2^64, 1e300, -1e300} do
    fails("IndexError", "the index leads out of the address space", get, p, i)
    fails("IndexError", "the index leads out of the address space", put, p, i, 7)
  end
  fails("IndexError", "LP_c_int[-4.611686018427388e+18]: the index leads", get, p, -2^62)
  fails("IndexError", "leads out of the address space", p.slice, p, -2^62, 1024 - 2^62)
  fails("IndexError", "leads out of the address space", get, (ctypes.c_int * 3).from_address(-8), 2)
  fails("OverflowError", "byref: argument 2: the offset 18446744073709551616 leads out of the address space", ctypes.byref, a, 2^64)
  fails("OverflowError", "the offset -9223372036854775808 leads out", ctypes.byref, a, -2^63)
  fails("OverflowError", "the offset 9223372036854775808 leads out", ctypes.byref, a, ctypes.uint64("9223372036854775808"))
  same(a:slice(), {1, 2, 3, 4})
end)

test("views of more memory than there is", function()
  -- The view reaches from a page in use over memory that is not there: only what is asked for is read.
  local text = ctypes.create_string_buffer("a text")
  local view = (ctypes.c_char * 2^40).from_address(ctypes.addressof(text))
  same(view.value, "a text")
  prints(view, 'c_char_Array_1099511627776("a text")')
  fails("MemoryError", "cannot allocate 1099511627776 bytes", get, view, "raw")
  fails("MemoryError", "", view.slice, view, 0, 2^39)
  fails("TypeError", 'c_char_Array_1099511627776("a text") cannot be called', function() view() end)
  local numbers = (ctypes.c_int * 2^40).from_address(ctypes.addressof((ctypes.c_int * 16)(5)))
  same(tostring(numbers):match("^c_int_Array_1099511627776%(5, 0, .*%.%.%. 1099511627760 more%)$") ~= nil, true)
  fails("Fault", "cannot read 4398046511104 bytes", put, (ctypes.c_int * 2^40 * 1).from_address(0x10000), 0, numbers)
  fails("MemoryError", "cannot allocate", ctypes.wstring_at, text, 2^40)
  fails("MemoryError", "cannot allocate that many bytes", ctypes.wstring_at, text, 2^62)
end)

test("what cannot be read is said once", function()
  prints((ctypes.c_int * 3).from_address(0), "c_int_Array_3(cannot read 4 bytes from a NULL pointer)")
  prints((ctypes.c_int * 2 * 2).from_address(0), "c_int_Array_2_Array_2(c_int_Array_2(cannot read 4 bytes from a NULL pointer))")
end)

test("wild values print", function()
  for _, address in ipairs{0, 16, 2^60} do
    for _, T in ipairs{ctypes.c_int, ctypes.c_double, ctypes.c_char_p, ctypes.c_wchar_p, int_p, ctypes.c_int * 3,
      ctypes.c_char * 3, ctypes.c_longdouble, ctypes.c_bool, ctypes.c_wchar} do
      same(tostring(T.from_address(address)):find("cannot read", 1, true) ~= nil, true)
    end
    tostring(ctypes.cast(address, int_p))
    tostring(ctypes.cast(address, ctypes.c_char_p))
  end
end)

test("read-only memory can be read, not written", function()
  local literal = (ctypes.c_char * 10).in_dll(lib, "literal")
  same(literal.value, "read only")
  fails("Fault", "not writable", put, literal, 0, "R")
  fails("Fault", "not writable", put, literal, "value", "x")
  fails("Fault", "not writable", put, literal, "raw", "x")
  fails("Fault", "not writable", ctypes.memset, literal, 0, 4)
  fails("Fault", "not writable", ctypes.memmove, literal, "xx", 2)
  lib.word.restype = ctypes.c_void_p
  fails("Fault", "not writable", put, ctypes.cast(lib.word(1), ctypes.POINTER(ctypes.c_char)), 0, "X")
  same(ctypes.string_at(lib.word(1)), "one")
  same(literal.value, "read only")
end)

test("code can be read, not written", function()
  local code = ctypes.cast(lib.add, ctypes.POINTER(ctypes.c_ubyte))
  same(type(code[0]), "number")
  fails("Fault", "not writable", put, code, 0, 0xc3)
end)

test("a string that runs into memory that is not there", function()
  -- Two pages, of which the second cannot be read.
  local c = ctypes.CDLL(nil)
  c.mmap.argtypes = {"void *", "size_t", "int", "int", "int", "long"}
  c.mmap.restype = "void *"
  c.mprotect.argtypes = {"void *", "size_t", "int"}
  local page = c.sysconf(30) -- _SC_PAGESIZE
  local at = c.mmap(nil, 2 * page, 3, 0x22, -1, 0)
  same(c.mprotect(at + page, page, 0), 0)
  ctypes.memset(at, 65, page)
  fails("Fault", "cannot read a string", ctypes.string_at, at + page - 10)
  same(ctypes.string_at(at + page - 10, 10), ("A"):rep(10))
  fails("Fault", "cannot read 11 bytes", ctypes.string_at, at + page - 10, 11)
  fails("Fault", "cannot write 11 bytes", ctypes.memset, at + page - 10, 66, 11)
  same(ctypes.string_at(at + page - 10, 10), ("A"):rep(10)) -- nothing was written on the way
  ctypes.memset(at + page - 1, 0, 1)
  same(ctypes.string_at(at + page - 10), ("A"):rep(9))
end)

test("copying and filling past the end of a value is refused", function()
  local b = ctypes.create_string_buffer(4)
  fails("ValueError", "memset: argument 1: 5 bytes do not fit into", ctypes.memset, b, 0, 5)
  fails("ValueError", "do not fit", ctypes.memmove, b, ctypes.create_string_buffer(8), 8)
  fails("ValueError", "memmove: argument 2", ctypes.memmove, ctypes.create_string_buffer(8), b, 8)
  fails("ValueError", "there are 1 left", ctypes.memset, ctypes.byref(b, 3), 0, 2)
  fails("ValueError", "memmove: 5 bytes asked for, the string has 3", ctypes.memmove, ctypes.create_string_buffer(8), "abc", 5)
  for _, size in ipairs{2^40, 2^62} do
    fails("ValueError", "do not fit", ctypes.memset, b, 0, size)
    fails("Fault", "", ctypes.memset, ctypes.addressof(b), 0, size) -- the address alone says nothing of its end
    fails("Fault", "", ctypes.memmove, ctypes.addressof(b), ctypes.addressof(b), size)
  end
end)

test("the session goes on", function()
  same(lib.add(1, 2), 3)
  same(ctypes.c_int(5).value, 5)
end)
