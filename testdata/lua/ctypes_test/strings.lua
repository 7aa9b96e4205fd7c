-- Strings and pointers in and out, as each of the types that stand for them.

dofile(support_path .. "/ctypes_test.lua")
local alphabet = "abcdefghijklmnopqrstuvwxyz"

drive("_testfunc_p_p", "pointers are types", function(lib)
  local f, int = lib._testfunc_p_p, ctypes.c_int(12345678)
  f.restype = ctypes.c_longlong
  same(ctypes.c_int.from_address(f(ctypes.byref(int))).value, 12345678)
  same(f(0), 0)
  f.restype = ctypes.POINTER(ctypes.c_int)
  same(f(ctypes.pointer(int)).contents.value, 12345678)
  same(f(ctypes.pointer(int))[0], 12345678)
  f.argtypes, f.restype = {ctypes.POINTER(ctypes.c_int)}, ctypes.c_longlong
  same(f(ctypes.byref(int)), ctypes.addressof(int))
  for _, T in ipairs{ctypes.c_char_p, ctypes.POINTER(ctypes.c_short), ctypes.POINTER(ctypes.c_double)} do
    f.argtypes = {T}
    fails("ArgumentError", "_testfunc_p_p: argument 1: cannot convert byref(c_int(12345678))", f, ctypes.byref(int))
  end
end)

drive("_testfunc_p_p", "a pointer that came back is as good as the one that went", function(lib)
  local f, i, x = lib._testfunc_p_p, ctypes.c_int(87654), ctypes.c_int(12321)
  f.argtypes, f.restype = {ctypes.POINTER(ctypes.c_int)}, ctypes.POINTER(ctypes.c_int)
  fails("ArgumentError", "cannot convert byref(c_short(22))", f, ctypes.byref(ctypes.c_short(22)))
  local res = f(ctypes.pointer(i))
  same(res[0], 87654)
  res[0] = 54345 -- *res = 54345
  same(i.value, 54345)
  res.contents = x -- res = &x
  same(i.value, 54345)
  x.value = -99
  same(res.contents.value, -99)
  same(f(nil), nil)
end)

drive("_testfunc_p_p", "POINTER(c_char) and c_char_p take strings, buffers and chars", function(lib)
  local f, a = lib._testfunc_p_p, ctypes.c_char("a")
  for _, T in ipairs{ctypes.POINTER(ctypes.c_char), ctypes.c_char_p} do
    f.argtypes, f.restype = {T}, ctypes.c_char_p
    same(f(nil), nil)
    same(f(ctypes.c_char_p(nil)), nil)
    same(f(ctypes.c_char_p("123")), "123")
    same(f(ctypes.create_string_buffer("123")), "123")
    f.restype = ctypes.POINTER(ctypes.c_char)
    same(f(ctypes.pointer(a))[0], "a")
    same(f(ctypes.byref(a))[0], "a")
  end
  f.restype = ctypes.c_char_p
  same(f("123"), "123")
  same(f("abc\228"), "abc\228")
end)

drive("_testfunc_p_p", "void * takes any pointer", function(lib)
  local f, a = lib._testfunc_p_p, ctypes.c_char("a")
  f.argtypes, f.restype = {ctypes.c_void_p}, ctypes.c_char_p
  same(f(nil), nil)
  same(f("123"), "123")
  same(f(ctypes.c_char_p("123")), "123")
  same(f(ctypes.c_char_p(nil)), nil)
  same(f(ctypes.create_string_buffer("123")), "123")
  f.restype = ctypes.POINTER(ctypes.c_char)
  same(f(ctypes.pointer(a))[0], "a")
  same(f(ctypes.byref(a))[0], "a")
  f.restype = ctypes.c_void_p
  local int = ctypes.c_int()
  same(f(ctypes.byref(int)), ctypes.addressof(int))
  same(f(ctypes.pointer(int)), ctypes.addressof(int))
  same(f(ctypes.c_void_p(42)), 42)
  same(f((ctypes.c_int * 3)()) ~= nil, true)
end)

drive("_testfunc_p_p", "wide strings", function(lib)
  local f, a = lib._testfunc_p_p, ctypes.c_wchar("a")
  for _, T in ipairs{ctypes.POINTER(ctypes.c_wchar), ctypes.c_wchar_p} do
    f.argtypes, f.restype = {T}, ctypes.c_wchar_p
    same(f(nil), nil)
    same(f(ctypes.c_wchar_p(nil)), nil)
    same(f(ctypes.c_wchar_p("123")), "123")
    same(f(ctypes.create_unicode_buffer("123")), "123")
    f.restype = ctypes.POINTER(ctypes.c_wchar)
    same(f(ctypes.pointer(a))[0], "a")
    same(f(ctypes.byref(a))[0], "a")
  end
  f.restype = ctypes.c_wchar_p
  same(f("123"), "123")
  f.argtypes = {ctypes.c_void_p}
  same(f(ctypes.c_wchar_p("123")), "123")
  same(f(ctypes.c_wchar_p(nil)), nil)
end)

drive("_testfunc_c_p_p", "an array of strings as char **", function(lib)
  local argv, argc = (ctypes.c_char_p * 2)(), ctypes.c_int(2)
  lib._testfunc_c_p_p.restype = ctypes.c_char_p
  argv[0], argv[1] = "hello", "world"
  same(lib._testfunc_c_p_p(ctypes.byref(argc), argv), "world")
  argc.value = 1
  same(lib._testfunc_c_p_p(ctypes.byref(argc), argv), "hello")
end)

drive("my_strchr", "what comes back points into what went", function(lib)
  local strchr = lib.my_strchr
  strchr.argtypes, strchr.restype = {ctypes.c_char_p, ctypes.c_char}, ctypes.c_char_p
  same(strchr("abcdefghi", "b"), "bcdefghi")
  same(strchr("abcdefghi", "x"), nil)
  local buf = ctypes.create_string_buffer("abcdef")
  same(strchr(buf, "c"), "cdef")
  strchr.argtypes = {ctypes.POINTER(ctypes.c_char), ctypes.c_char}
  same(strchr(buf, "c"), "cdef")
  strchr.restype = ctypes.POINTER(ctypes.c_char)
  same(strchr(buf, "c"):slice(0, 5), "cdef\0")
  same(ctypes.addressof(strchr(buf, "c").contents) - ctypes.addressof(buf), 2)
end)

drive("my_strtok", "C keeps a pointer into a buffer, and writes there", function(lib)
  lib.my_strtok.restype = ctypes.c_char_p
  local buf = ctypes.create_string_buffer("a\nb\nc")
  same(lib.my_strtok(buf, "\n"), "a")
  same(lib.my_strtok(nil, "\n"), "b")
  same(lib.my_strtok(nil, "\n"), "c")
  same(lib.my_strtok(nil, "\n"), nil)
  same(buf.raw, "a\0b\0c\0")
end)

drive("my_strdup my_free", "C's own memory, through pointers", function(lib)
  lib.my_strdup.restype, lib.my_free.restype = ctypes.POINTER(ctypes.c_char), nil
  local res = lib.my_strdup(alphabet)
  same(res:slice(0, 26), alphabet)
  same(res:slice(0, 3), "abc")
  same(res:slice(25, -1, -1), alphabet:reverse())
  same(res:slice(25, 5, -7), "zsl")
  same(res:slice(0, -1, -1), "a")
  fails("ValueError", "slice: a pointer has no length", function() return res:slice() end)
  fails("ValueError", "slice: a pointer has no length", function() return res:slice(0) end)
  fails("ValueError", "slice: a pointer has no length", function() return res:slice(-5) end)
  fails("ValueError", "slice: a pointer has no end to count back from", function() return res:slice(nil, 5, -1) end)
  lib.my_free(res)
  lib.my_strdup.restype = ctypes.POINTER(ctypes.c_byte)
  res = lib.my_strdup(alphabet)
  same(res:slice(0, 26), {alphabet:byte(1, -1)})
  lib.my_free(res)
end)

drive("my_strdup my_free", "errcheck frees what it has read", function(lib)
  lib.my_free.argtypes, lib.my_free.restype = {ctypes.c_void_p}, nil
  lib.my_strdup.restype = ctypes.c_void_p
  lib.my_strdup.errcheck = function(result)
    local text = ctypes.string_at(result)
    lib.my_free(result)
    return text
  end
  same(lib.my_strdup(alphabet), alphabet)
end)

drive("my_wcsdup my_free", "C's own memory, wide", function(lib)
  lib.my_wcsdup.argtypes, lib.my_free.restype = {ctypes.c_wchar_p}, nil
  lib.my_wcsdup.restype = ctypes.POINTER(ctypes.c_wchar)
  local res = lib.my_wcsdup(alphabet)
  same(res:slice(0, 27), alphabet .. "\0")
  same(res:slice(26, -1, -1), "\0" .. alphabet:reverse())
  same(res:slice(26, 5, -7), "\0tm")
  lib.my_free(res)
  lib.my_wcsdup.restype = ctypes.POINTER(ctypes.c_int)
  res = lib.my_wcsdup(alphabet)
  same(res:slice(0, 26), {alphabet:byte(1, -1)})
  same(res:slice(25, 5, -7), {("zsl"):byte(1, -1)})
  lib.my_free(res)
end)

drive("my_wcslen", "wide strings are counted in characters", function(lib)
  lib.my_wcslen.argtypes = {ctypes.c_wchar_p}
  same(lib.my_wcslen("abc"), 3)
  same(lib.my_wcslen("ab\226\129\176"), 3) -- U+2070
  fails("ArgumentError", "is not UTF-8", lib.my_wcslen, "ab\228")
end)
