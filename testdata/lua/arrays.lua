-- Arrays: made, indexed from 0, measured and sliced.

test("initialisers", function()
  local T = ctypes.c_int * 3
  same(T():slice(), {0, 0, 0})
  same(T(1, 2):slice(), {1, 2, 0})
  same(T{1, 2, 3}:slice(), {1, 2, 3})
  same(T{[0] = 7, 8, 9}:slice(), {7, 8, 9})
  same(T(T(4, 5, 6)):slice(), {4, 5, 6})
  same(T(ctypes.c_int(1), ctypes.c_short(2), 3):slice(), {1, 2, 3})
  same((3 * ctypes.c_int)(1, 2, 3)[2], 3)
  prints(T(1, 2, 3), "c_int_Array_3(1, 2, 3)")
end)

test("index, length, assignment", function()
  local a = (ctypes.c_double * 4)()
  same(#a, 4)
  for i = 0, #a - 1 do a[i] = i / 2 end
  same(a:slice(), {0, 0.5, 1, 1.5})
  same(ctypes.sizeof(a), 32)
  same((ctypes.c_double * 4)._length_, 4)
  same((ctypes.c_double * 4)._type_, ctypes.c_double)
end)

test("slices as Python has them", function()
  local a = (ctypes.c_int * 5)(0, 1, 2, 3, 4)
  same(a:slice(1), {1, 2, 3, 4})
  same(a:slice(1, 3), {1, 2})
  same(a:slice(-2), {3, 4})
  same(a:slice(0, -1), {0, 1, 2, 3})
  same(a:slice(nil, nil, -1), {4, 3, 2, 1, 0})
  same(a:slice(0, 5, 2), {0, 2, 4})
  same(ctypes.create_string_buffer("hello"):slice(1, 4), "ell")
end)

test("arrays of arrays", function()
  local a = (ctypes.c_int * 2 * 3)({1, 2}, {3, 4}, {5, 6})
  same(#a, 3)
  same(#a[0], 2)
  same(a[2][1], 6)
  a[1][0] = 30
  same(a[1]:slice(), {30, 4})
  same(ctypes.sizeof(a), 24)
  prints(a, "c_int_Array_2_Array_3(c_int_Array_2(1, 2), c_int_Array_2(30, 4), c_int_Array_2(5, 6))")
end)

test("char arrays are text", function()
  local T = ctypes.c_char * 6
  same(T("abc").value, "abc")
  same(T("abc").raw, "abc\0\0\0")
  same(T("a", "b").value, "ab")
  local a = T("abcdef") -- full, without a NUL
  same(a.value, "abcdef")
  a.value = "xy"
  same(a.value, "xy")
  same(a.raw, "xy\0def")
  a.raw = "123"
  same(a.raw, "123def")
  same(a[0], "1")
  a[0] = "9"
  same(a.value, "923def")
  fails("TypeError", "do not fit", put, a, "raw", "1234567")
  fails("TypeError", "does not fit", put, a, "value", "1234567")
  fails("TypeError", "a string is wanted, not number 5", put, a, "value", 5)
  fails("AttributeError", "has no value; index it, or take a slice", get, (ctypes.c_int * 3)(), "value")
end)

test("arrays of strings and of pointers", function()
  local words = (ctypes.c_char_p * 3)("one", nil, "three")
  same({words[0], words[1], words[2]}, {"one", nil, "three"})
  words[1] = "two"
  same(words[1], "two")
  local x, y = ctypes.c_int(1), ctypes.c_int(2)
  local ps = (ctypes.POINTER(ctypes.c_int) * 2)(ctypes.pointer(x), ctypes.pointer(y))
  ps[1][0] = 20
  same(y.value, 20)
  ps[0] = ctypes.pointer(y)
  same(ps[0][0], 20)
end)

test("arrays of arrays of arrays print cut", function()
  local T = ctypes.c_int
  for _ = 1, 6 do T = T * 16 end -- 16^6 numbers
  same(#tostring(T()) < 6000, true)
  fails("TypeError", "cannot convert c_int_Array_16_Array_16", put, (ctypes.c_int * 1)(), 0, T())
end)

test("long arrays print cut", function()
  same(tostring((ctypes.c_int * 1000)()):match("%.%.%. 984 more%)$") ~= nil, true)
  same(#tostring((ctypes.c_char * 1000)(("x"):rep(1000))) < 100, true)
end)
