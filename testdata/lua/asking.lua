-- What types and values are: typeof, kind, type codes, attributes of a type behind a value; the old names.

local Point = ctypes.Structure("Point", {{"x", "int"}, {"y", "int"}})
local Either = ctypes.Union("Either", {{"i", "int"}, {"f", "float"}})

test("typeof", function()
  same(ctypes.typeof(ctypes.c_int(1)), ctypes.c_int)
  same(ctypes.typeof(Point(1, 2)), Point)
  local a = (ctypes.c_int * 3)()
  same(ctypes.typeof(a)._length_, 3)
  fails("TypeError", "typeof: argument 1: a ctypes value is wanted, not number 0", ctypes.typeof, a[0])
end)

test("kind tells what isinstance would", function()
  same(ctypes.kind(ctypes.c_int), "simple")
  same(ctypes.kind(ctypes.c_char_p("x")), "simple")
  same(ctypes.kind(ctypes.c_int * 3), "array")
  same(ctypes.kind(ctypes.pointer(ctypes.c_int())), "pointer")
  same(ctypes.kind(Point), "struct")
  same(ctypes.kind(Point(1, 2)), "struct")
  same(ctypes.kind(Either()), "union")
  same(ctypes.kind(ctypes.Enum("Color", {"RED"})), "enum")
  same(ctypes.kind(ctypes.CDLL(nil).abs), "function")
  for _, x in ipairs{1, "int", {}, print, ctypes.CDLL(nil), ctypes.int64(1)} do same(ctypes.kind(x), nil) end
end)

test("type codes", function()
  same(ctypes.c_int._type_, "i")
  same(ctypes.c_char_p._type_, "z")
  same(ctypes.c_size_t._type_, ctypes.c_ulong._type_)
  same(ctypes.c_int(5)._type_, "i")
  same((ctypes.c_int * 3)._type_, ctypes.c_int)
  fails("AttributeError", 'the type Point has no member "_type_"', get, Point, "_type_")
end)

test("a value shows its type's attributes", function()
  local a = (ctypes.c_int * 3)()
  same(a._length_, 3)
  same(a._type_, ctypes.c_int)
  same(ctypes.pointer(a)._type_, ctypes.c_int * 3)
  same(#Point(1, 2)._fields_, 2)
  same(ctypes.Structure("S", {{"_type_", "int"}})(7)._type_, 7) -- a member of that name comes first
  fails("AttributeError", 'c_int has no member "_length_"', get, ctypes.c_int(5), "_length_")
end)

test("names that have better ones", function()
  same(ctypes.ARRAY(ctypes.c_int, 3), ctypes.c_int * 3)
  same(ctypes.ARRAY("int", 3), ctypes.c_int * 3)
  fails("ValueError", "ARRAY: argument 2: the length -1 is negative", ctypes.ARRAY, "int", -1)
  same(ctypes.c_buffer("ab").raw, "ab\0")
  same(ctypes.c_voidp, ctypes.c_void_p)
  same(ctypes.SIZEOF_TIME_T, ctypes.sizeof(ctypes.c_time_t))
end)

test("a char pointer made of an address", function()
  local b = ctypes.create_string_buffer("text")
  same(ctypes.c_char_p(ctypes.addressof(b)).value, "text")
  local w = ctypes.create_unicode_buffer("héllo")
  same(ctypes.c_wchar_p(ctypes.addressof(w)).value, "héllo")
  fails("Fault", "c_char_p", get, ctypes.c_char_p(16), "value")
  fails("TypeError", "not a whole number", ctypes.c_char_p, 1.5)
end)

test("what is loaded", function()
  local list = ctypes.util.dllist()
  local found = false
  for i, path in ipairs(list) do found = found or i > 1 and path:find("libc", 1, true) ~= nil end
  same(found, true)
end)
