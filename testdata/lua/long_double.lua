-- long double: a number where that is exact, else a ctypes.longdouble with all its bits; text goes in and out exactly.

local libc, libm = ctypes.CDLL(nil), ctypes.CDLL(ctypes.util.find_library("m"))
libc.strtold.argtypes, libc.strtold.restype = {"const char *", "void *"}, "long double"
libm.nextafterl.argtypes, libm.nextafterl.restype = {"long double", "long double"}, "long double"
libm.sqrtl.argtypes, libm.sqrtl.restype = {"long double"}, "long double"

local function c(text) return libc.strtold(text, nil) end
local function format(how, x)
  local buf = ctypes.create_string_buffer(6000)
  libc.snprintf(buf, 6000, how, x)
  return buf.value
end

local long, tenth = ctypes.longdouble, ctypes.longdouble("0.1")
if type(tenth) == "number" then -- long double is double here
  test("a number holds every long double", function()
    same(tenth, 0.1)
    same(c("0.1"), 0.1)
  end)
  return
end
local digits = #tostring(long(1) / 3) - 2 -- of 0.333...: 20 in 64 bits, 34 in 113

test("what a number holds exactly is a number", function()
  same(libm.sqrtl(4), 2)
  same(c("0.5"), 0.5)
  same(c("inf"), 1/0)
  same(c("nan"), 0/0)
  same(1 / c("-0"), -1/0)
end)

test("what it does not keeps its bits, and prints as what reads back", function()
  local x = c("0.1")
  same(type(x), "userdata")
  prints(x, "0.1")
  prints(c("9007199254740993"), "9007199254740993")
  prints(c("18446744073709551615"), "18446744073709551615")
  prints(c("-1e4000"), "-1e+4000")
  prints(c("1e-4940"), "1e-4940")
  same(x == tenth, true)
  same(#tostring(libm.sqrtl(2)) >= digits, true)
end)

test("text in is what C reads", function()
  for _, text in ipairs{"0.1", "1e-4935", "-3.25e4931", "0x1.fffffffffffffffp+100", "3.14159265358979323846264338327950288", "1e5000",
    "-inf", "1e-6000", "0x.8p-16390"} do
    same(long(text) == long(c(text)), true)
    same(ctypes.string_at(ctypes.byref(ctypes.c_longdouble(text)), 10), ctypes.string_at(ctypes.byref(ctypes.c_longdouble(c(text))), 10))
  end
  prints(long(" 12.5 "), "12.5")
  prints(long("nan"), "nan")
end)

test("text out is what C prints", function()
  for _, text in ipairs{"0.1", "2.5", "1e-4935", "-3.25e4931", "1e19", "0"} do
    local x = long(text)
    same(x:hex(), format("%La", x))
    same(x:tostring(25), format("%.25Lg", x))
    for _, how in ipairs{"%.10f", "%e", "%g", "%20.15G", "%-12.3e|", "%+.0f"} do
      same(string.format(how, x), format((how:gsub("[feEgG]", "L%0")), x))
    end
  end
  fails("ValueError", "tostring: a number of digits from 1 to 20000 is wanted, not number 0", tenth.tostring, tenth, 0)
  fails("TypeError", "string.format: argument 2: %d is not for longdouble 0.1", string.format, "%d", tenth)
end)

test("garbage is a ValueError", function()
  for _, text in ipairs{"", "abc", "1.2.3", "0x", "1e", "0.1L", "1_0", "1 2"} do
    fails("ValueError", "is not a number", long, text)
    fails("ValueError", "c_longdouble: ", ctypes.c_longdouble, text)
  end
  fails("TypeError", "longdouble: cannot convert nil to long double", long, nil)
  fails("TypeError", "longdouble takes 1 argument, got 2", long, 1, 2)
end)

test("C objects keep all bits", function()
  local x = ctypes.c_longdouble("0.1")
  prints(x, "c_longdouble(0.1)")
  prints(x.value, "0.1")
  x.value = "0.3"
  prints(x.value, "0.3")
  x.value = tenth + 1
  prints(x, "c_longdouble(1.1)")
  x.value = 2
  prints(x, "c_longdouble(2.0)")
  same(x.value, 2)
  prints((ctypes.c_longdouble * 2)("0.1", tenth), "c_longdouble_Array_2(0.1, 0.1)")
  prints(ctypes.c_longdouble(ctypes.int64("9007199254740993")).value, "9007199254740993")
  prints(ctypes.c_longdouble(ctypes.c_uint64(-1)).value, "18446744073709551615")
end)

test("parameters take it whole, and no text", function()
  prints(libm.sqrtl(tenth * tenth), "0.1")
  prints(libm.nextafterl(tenth, tenth + 1) - tenth > long(0), "true")
  fails("ArgumentError", 'sqrtl: argument 1: cannot convert string "0.1" to long double; ctypes.longdouble reads text: ctypes.longdouble("0.1")',
    libm.sqrtl, "0.1")
  fails("ArgumentError", 'cannot convert string "x" to long double', libm.sqrtl, "x")
end)

test("narrower types get it rounded once", function()
  same(ctypes.c_double(tenth).value, 0.1)
  same(ctypes.c_float(tenth).value, ctypes.c_float(0.1).value)
  -- By way of double the float would be 1.
  local close = long("0x1.000001000000001p0")
  same(ctypes.c_float(close).value, 1 + 2^-23)
  same(ctypes.c_float(ctypes.c_longdouble(close)).value, 1 + 2^-23)
  same(ctypes.c_int(long(5)).value, 5)
  prints(ctypes.c_uint64(long(2)^64 - 1).value, "18446744073709551615")
  same(ctypes.c_bool(tenth).value, true)
  same(ctypes.c_bool(long(0)).value, false)
  fails("TypeError", "c_int: cannot convert longdouble 0.1 to int: it is not a whole number", ctypes.c_int, tenth)
end)

test("arithmetic is long double's, with numbers and 64-bit integers on either side", function()
  prints(tenth + 1, "1.1")
  prints(1 - tenth, "0.9")
  prints(-tenth, "-0.1")
  same(2 ^ long(70) == long("0x1p70"), true)
  prints(ctypes.int64(5) + tenth, "5.1")
  prints(tenth * ctypes.uint64(10), "1")
  prints(long(2)^0.0, "1")
  prints(long(2)^-1, "0.5")
  prints(long(1) / 0, "inf")
  prints(-long(1) / 0, "-inf")
  prints(long(0) / 0, "nan")
  same(type(long(1) + 1), "userdata")
  same((long(1) + 1):tonumber(), 2)
  same(long(1) + long(2)^-60 == long("1.00000000000000000086736173798840354721"), digits > 18)
  fails("ValueError", "longdouble(0.1) ^ 0.5: the exponent must be a whole number", function() return tenth ^ 0.5 end)
  fails("TypeError", "longdouble(0.1) + nil: want a number, not nil", function() return tenth + nil end)
  fails("TypeError", "a longdouble has no %", function() return tenth % 2 end)
end)

test("comparison", function()
  same(tenth == long("0.1"), true)
  same(tenth == long(0.1), false)
  same(tenth < long(0.1), tenth:lt(0.1))
  same(tenth <= tenth, true)
  same(long(0) == long("-0"), true)
  same(long("nan") == long("nan"), false)
  same(tenth:eq(0.1), false)
  same(long(3):eq(3), true)
  same(tenth:lt(1) and tenth:le(1) and not tenth:gt(1) and not tenth:ge(1), true)
  same(tenth:eq("x"), false)
  same(ctypes.int64(3):eq(long(3)), true)
  same(ctypes.int64(3):lt(long("3.5")), true)
  fails("TypeError", "lt: want a number, not string", tenth.lt, tenth, "x")
end)

test("tonumber only rounds when told to", function()
  same(tenth:tonumber(true), 0.1)
  same(long(2):tonumber(), 2)
  fails("ValueError", "tonumber: no Lua number is exactly 0.1; x:tonumber(true) rounds", tenth.tonumber, tenth)
  same("x" .. tenth .. ctypes.int64(5) .. 1, "x0.151")
  fails("AttributeError", 'a longdouble has no member "tonumbre"; did you mean tonumber?', function() return tenth.tonumbre end)
end)

test("members of records, variadic arguments, undeclared ones", function()
  local T = ctypes.Structure("T", {{"c", "char"}, {"x", "long double"}})
  local t = T("a", "0.1")
  prints(t.x, "0.1")
  prints(t, 'T(c="a", x=0.1)')
  t.x = tenth * 3
  same(t.x == tenth * 3, true)
  same(format("%.3Lf", tenth), "0.100")
  same(format("%.3f", tenth), "0.100")
end)
