-- Indexes and sizes that cannot be.

local array = (ctypes.c_int * 3)(1, 2, 3)

test("indexes out of bounds, at both ends", function()
  for _, i in ipairs{3, 4, -1, -3, 2^31, -2^31, 2^53, 2^64, -2^64} do
    fails("IndexError", "the index is out of bounds (0 to 2)", get, array, i)
    fails("IndexError", "the index is out of bounds (0 to 2)", put, array, i, 0)
  end
  fails("IndexError", "c_int_Array_3[3]: the index is out of bounds (0 to 2)", get, array, 3)
  fails("IndexError", "out of bounds", get, ctypes.create_string_buffer(2), 2)
  fails("IndexError", "out of bounds", get, (ctypes.c_int * 0)(), 0)
end)

test("indexes that are no whole numbers", function()
  for _, i in ipairs{1.5, -0.5, 0/0, 1/0, -1/0} do
    fails("IndexError", "the index must be a whole number", get, array, i)
    fails("IndexError", "the index must be a whole number", put, array, i, 0)
    fails("IndexError", "the index must be a whole number", get, ctypes.pointer(ctypes.c_int(1)), i)
  end
  fails("TypeError", "cannot be indexed with nil", get, array, nil)
  fails("TypeError", "cannot be indexed with boolean true", get, array, true)
  fails("AttributeError", [[has no member "0"]], get, array, "0")
  fails("TypeError", "a c_int cannot be indexed", get, ctypes.c_int(1), 0)
end)

test("values that do not fit an element", function()
  fails("TypeError", 'c_int_Array_3[0]: cannot convert string "x" to int', put, array, 0, "x")
  fails("TypeError", "it is not a whole number", put, array, 0, 1.5)
  fails("TypeError", "cannot convert nil to int", put, array, 0, nil)
  same(array:slice(), {1, 2, 3})
end)

test("more values than there are elements", function()
  fails("TypeError", "4 values do not fit into int[3]", ctypes.c_int * 3, 1, 2, 3, 4)
  fails("TypeError", "4 values do not fit into int[3]", ctypes.c_int * 3, {1, 2, 3, 4})
  fails("TypeError", "a string of 4 characters does not fit into char[3]", ctypes.c_char * 3, "abcd")
end)

test("negative sizes", function()
  fails("ValueError", "the size -1 is negative", ctypes.create_string_buffer, -1)
  fails("ValueError", "the size -1 is negative", ctypes.create_unicode_buffer, -1)
  fails("ValueError", "the size -2 is negative", ctypes.create_string_buffer, "abc", -2)
  fails("ValueError", "c_int * n: the length -1 is negative", function() return ctypes.c_int * -1 end)
  fails("ValueError", "the size -1 is negative", ctypes.string_at, ctypes.create_string_buffer(4), -1)
  fails("ValueError", "the size -1 is negative", ctypes.memset, ctypes.create_string_buffer(4), 0, -1)
  fails("ValueError", "the size -1 is negative", ctypes.memmove, ctypes.create_string_buffer(4), "abc", -1)
end)

test("huge sizes", function()
  fails("MemoryError", "cannot allocate 1099511627776 bytes", ctypes.create_string_buffer, 2^40)
  fails("MemoryError", "cannot allocate 4398046511104 bytes", ctypes.create_unicode_buffer, 2^40)
  fails("MemoryError", "cannot allocate", ctypes.string_at, ctypes.create_string_buffer(4), 2^40)
  same(ctypes.sizeof(ctypes.c_int * 2^40), 2^42) -- the type itself costs nothing
  fails("MemoryError", "cannot allocate", ctypes.c_int * 2^40)
  fails("OverflowError", "int[4611686018427387904] is too large", function() return ctypes.c_int * 2^62 end)
  fails("OverflowError", "is too large", function() return ctypes.c_int * 2^40 * 2^40 end)
  fails("MemoryError", "the string would be too large", string.rep, "x", 2^40)
  fails("MemoryError", "the string would be too large", string.rep, ("x"):rep(20), 2^62)
  same(string.rep("", 2^40), "")
  fails("", "invalid format", string.format, "%1000000000d", 5)
end)

test("sizes that a size_t does not hold, or C's ptrdiff_t", function()
  local b = ctypes.create_string_buffer("abc")
  for _, n in ipairs{2^63, 2^64, 1e20, ctypes.uint64("9223372036854775808"), ctypes.c_uint64(-1)} do
    fails("OverflowError", "is too large", ctypes.create_string_buffer, n)
    fails("OverflowError", "is too large", ctypes.memset, b, 0, n)
    fails("OverflowError", "is too large", function() return ctypes.c_int * n end)
  end
  fails("OverflowError", "memset: argument 3: the size 18446744073709551616 is too large", ctypes.memset, b, 0, 2^64)
  fails("OverflowError", "create_string_buffer: argument 1: the size 9223372036854775808 is too large", ctypes.create_string_buffer, 2^63)
  fails("OverflowError", "c_int * n: the length 18446744073709551616 is too large", function() return ctypes.c_int * 2^64 end)
  fails("ValueError", "the size -18446744073709551616 is negative", ctypes.create_string_buffer, -2^64)
  fails("ValueError", "the size -9223372036854775808 is negative", ctypes.create_string_buffer, -2^63)
  fails("TypeError", "a size is wanted, not boolean true", ctypes.create_string_buffer, true)
  same(b.value, "abc")
  same(ctypes.sizeof(ctypes.c_int * ctypes.int64(3)), 12)
end)

test("sizes that are no whole numbers", function()
  for _, n in ipairs{1.5, 0/0, 1/0, {}, true, print} do
    fails("TypeError", "c_int * n: a length is wanted, not", function() return ctypes.c_int * n end)
  end
  fails("TypeError", "a size is wanted, not number 1.5", ctypes.create_string_buffer, 1.5)
  fails("TypeError", "a size is wanted, not number nan", ctypes.create_string_buffer, 0/0)
  fails("TypeError", "a size is wanted, not nil", ctypes.create_string_buffer)
  fails("TypeError", "a length is wanted, not string", function() return ctypes.c_int * "3" end)
end)

test("slices are cut at the ends, and have limits", function()
  same(array:slice(-100, 100), {1, 2, 3})
  same(array:slice(2, 1), {})
  fails("ValueError", "the step is 0", array.slice, array, 0, 3, 0)
  local p = ctypes.cast(array, ctypes.POINTER(ctypes.c_int))
  fails("ValueError", "elements are too many", p.slice, p, 0, 2^40)
  fails("ValueError", "a pointer has no length", p.slice, p)
  fails("ValueError", "a pointer has no length", p.slice, p, 1)
  fails("ValueError", "slice: 9223372036854775808 elements are too many", p.slice, p, -2^62, 2^62)
  fails("ValueError", "elements are too many", p.slice, p, -2^63, 2^64)
  local chars = ctypes.cast(array, ctypes.POINTER(ctypes.c_char))
  fails("MemoryError", "slice: cannot allocate 9223372036854774784 bytes", chars.slice, chars, -2^62, 2^62 - 1024)
  fails("MemoryError", "slice: cannot allocate that many bytes", chars.slice, chars, -2^62, 2^62)
  fails("TypeError", "slice: argument 2: a whole number is wanted, not number 1.5", array.slice, array, 0, 1.5)
  same(array:slice(-2^64, 2^64), {1, 2, 3})
  same(array:slice(nil, nil, 2^64), {1})
  same(array:slice(nil, nil, -2^64), {3})
end)

test("types of types of types without end", function()
  fails("TypeError", "is not a C type name: 1000004 bytes are too many", ctypes.sizeof, "int " .. ("*"):rep(1e6))
  fails("TypeError", "bytes are too many", ctypes.sizeof, ("("):rep(1e6))
  local T = ctypes.c_int
  for _ = 1, 20000 do T = ctypes.POINTER(T) end
  same(#T.__name__ < 300, true)
  same(#tostring(T()) < 300, true)
  for _ = 1, 1000 do T = T * 1 end
  same(ctypes.sizeof(T), 8)
end)
