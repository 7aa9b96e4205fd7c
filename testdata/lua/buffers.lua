-- Buffers and the functions on bare memory.

test("create_string_buffer", function()
  same(ctypes.create_string_buffer(3).raw, "\0\0\0")
  same(ctypes.create_string_buffer("ab").raw, "ab\0")
  same(ctypes.create_string_buffer("ab", 5).raw, "ab\0\0\0")
  same(ctypes.create_string_buffer("ab", 2).raw, "ab")
  same(ctypes.create_string_buffer("a\0b").raw, "a\0b\0")
  same(#ctypes.create_string_buffer(0), 0)
  fails("ValueError", "a string of 2 characters does not fit into char[1]", ctypes.create_string_buffer, "ab", 1)
end)

test("create_unicode_buffer", function()
  local b = ctypes.create_unicode_buffer("hé😀")
  same(b.value, "hé😀")
  same(ctypes.sizeof(b), #b * ctypes.sizeof(ctypes.c_wchar))
  b.value = "é"
  same(b.value, "é")
  same(b[0], "é")
  same(#ctypes.create_unicode_buffer(10), 10)
  fails("ValueError", "is not UTF-8", ctypes.create_unicode_buffer, "\255")
end)

test("C fills a buffer", function()
  local c = ctypes.CDLL(nil)
  local b = ctypes.create_string_buffer(16)
  same(c.snprintf(b, ctypes.sizeof(b), "%d-%s", 42, "x"), 4)
  same(b.value, "42-x")
end)

test("string_at and wstring_at", function()
  local lib = ctypes.CDLL(probe_path)
  local b = ctypes.create_string_buffer("one\0two")
  same(ctypes.string_at(b), "one")
  same(ctypes.string_at(b, 7), "one\0two")
  same(ctypes.string_at(b, 0), "")
  same(ctypes.string_at(ctypes.addressof(b) + 4), "two")
  same(ctypes.string_at(ctypes.byref(b, 1)), "ne")
  lib.wide.restype = "void *"
  same(ctypes.wstring_at(lib.wide()), "héllo 😀")
  same(ctypes.wstring_at(lib.wide(), 2), "hé")
  -- What C gives as a char * is a string already, and has lost what follows its first NUL.
  fails("ValueError", "8 bytes asked for, the string has 2; a char * that C passes to a callback or returns is a string up to its first NUL, a void * is its address",
    ctypes.string_at, "ab", 8)
end)

test("a character array is no string, and says how to get one", function()
  local b = ctypes.create_string_buffer("one")
  fails("TypeError", "cannot be joined; use its .value, or index it", function() return "x" .. b end)
  same("x" .. b.value, "xone")
end)

test("wide strings travel both ways", function()
  local lib = ctypes.CDLL(probe_path)
  lib.wide.restype = "wchar_t *"
  lib.wide_length.argtypes = {"const wchar_t *"}
  same(lib.wide(), "héllo 😀")
  same(lib.wide_length("héllo"), 5)
  same(lib.wide_length(""), 0)
end)

test("what is no character has no UTF-8", function()
  local beyond, half = {[0] = 0x110000}, {[0] = 0xD83D}
  for list, text in pairs{[beyond] = "character U+110000 is not in range [U+0000; U+10FFFF]",
    [half] = "character U+D83D is half of a surrogate pair"} do
    local codes = (ctypes.c_int * 3)(list[0], 65)
    local chars = (ctypes.c_wchar * 3).from_buffer(codes)
    fails("ValueError", text, get, chars, "value")
    fails("ValueError", text, get, chars, 0)
    fails("ValueError", text, chars.slice, chars)
    fails("ValueError", text, ctypes.wstring_at, codes)
    fails("ValueError", text, ctypes.wstring_at, codes, 1)
    fails("ValueError", text, get, ctypes.cast(codes, ctypes.c_wchar_p), "value")
    fails("ValueError", text, get, ctypes.c_wchar.from_buffer(codes), "value")
  end
  same((ctypes.c_wchar * 1).from_buffer(ctypes.c_int(0x10FFFF)).value, "\244\143\191\191")
  -- printing does not fail
  prints((ctypes.c_wchar * 4).from_buffer((ctypes.c_int * 4)(0x110000, 65, 0xD800, 233)), [[c_wchar_Array_4("\U00110000A\ud800é")]])
  prints(ctypes.c_wchar.from_buffer(ctypes.c_int(-1)), [[c_wchar("\Uffffffff")]])
  prints(ctypes.cast((ctypes.c_int * 2)(0xDFFF), ctypes.c_wchar_p), [[c_wchar_p("\udfff")]])
end)

test("long texts", function()
  local text = ("é€😀x"):rep(10000)
  local wide, narrow = ctypes.create_unicode_buffer(text), ctypes.create_string_buffer(text)
  same({wide.value, ctypes.wstring_at(wide), ctypes.wstring_at(wide, 40000)}, {text, text, text})
  same({narrow.value, ctypes.string_at(narrow), narrow.raw}, {text, text, text .. "\0"})
  same((ctypes.c_wchar * 1).from_buffer_copy(wide).value, "é")
  -- a wchar_t that lies across the border of two pages
  local bytes = ctypes.create_string_buffer(40000)
  ctypes.memmove(ctypes.byref(bytes, 3), wide, 36000)
  same(ctypes.wstring_at(ctypes.byref(bytes, 3)), ("é€😀x"):rep(2250))
end)

test("memmove and memset", function()
  local b = ctypes.create_string_buffer("0123456789")
  same(ctypes.memmove(b, "ab", 2), ctypes.addressof(b))
  same(b.value, "ab23456789")
  ctypes.memmove(ctypes.byref(b, 2), b, 5) -- the areas overlap
  same(b.value, "abab234789")
  ctypes.memset(ctypes.byref(b, 8), ("x"):byte(), 2)
  same(b.value, "abab2347xx")
  ctypes.memset(b, 0, 0)
  same(b.value, "abab2347xx")
end)

test("from_address shares memory, from_buffer_copy copies", function()
  local x = ctypes.c_int(5)
  local y = ctypes.c_int.from_address(ctypes.addressof(x))
  y.value = 6
  same(x.value, 6)
  local z = ctypes.c_int.from_buffer_copy(x)
  z.value = 7
  same(x.value, 6)
  same(ctypes.c_int.from_buffer_copy("\1\2\0\0").value, 0x201)
  same(ctypes.c_short.from_buffer_copy("\1\2\3\4", 2).value, 0x403)
  fails("ValueError", "4 bytes wanted from offset 0, the source has 1", ctypes.c_int.from_buffer_copy, "x")
  fails("ValueError", "4 bytes wanted from offset 2, the source has 5", ctypes.c_int.from_buffer_copy, "12345", 2)
  fails("TypeError", "a string or a ctypes value is wanted, not number 5", ctypes.c_int.from_buffer_copy, 5)
  fails("TypeError", "an address is wanted", ctypes.c_int.from_address, "x")
end)
