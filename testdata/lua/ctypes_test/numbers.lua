-- The tf_ functions: every kind of number as argument and result, in the first place and in the second.

dofile(support_path .. "/ctypes_test.lua")
local i64, u64 = ctypes.int64, ctypes.uint64

-- Each gives back a third of its argument, and leaves the whole of it in last_tf_arg_s or last_tf_arg_u,
-- where what came in shows to its last bit. tf_bX has a signed char before it.
local rows = {
  {"b", ctypes.c_byte, -126, -42},
  {"B", ctypes.c_ubyte, 255, 85},
  {"h", ctypes.c_short, -32766, -10922},
  {"H", ctypes.c_ushort, 65535, 21845},
  {"i", ctypes.c_int, -2147483646, -715827882},
  {"I", ctypes.c_uint, 4294967295, 1431655765},
  {"l", ctypes.c_long, -2147483646, -715827882},
  {"L", ctypes.c_ulong, 4294967295, 1431655765},
  {"q", ctypes.c_longlong, i64("-9223372036854775806"), i64("-3074457345618258602")},
  {"Q", ctypes.c_ulonglong, u64("18446744073709551615"), u64("6148914691236517205")},
  {"f", ctypes.c_float, -42, -14},
  {"d", ctypes.c_double, 42, 14},
  {"D", ctypes.c_longdouble, 42, 14},
}

-- last_arg is what the library noted of the last argument.
local function last_arg(lib, T)
  if T == ctypes.c_ubyte or T == ctypes.c_ushort or T == ctypes.c_uint or T == ctypes.c_ulong or T == ctypes.c_ulonglong then
    return ctypes.c_ulonglong.in_dll(lib, "last_tf_arg_u").value
  end
  return ctypes.c_longlong.in_dll(lib, "last_tf_arg_s").value
end

for _, row in ipairs(rows) do
  local letter, T, arg, third = unpack(row)
  drive("last_tf_arg_s last_tf_arg_u tf_" .. letter, "tf_" .. letter .. ": " .. T.__name__, function(lib)
    local f = lib["tf_" .. letter]
    f.argtypes, f.restype = {T}, T
    same(f(arg), third)
    same(last_arg(lib, T), arg)
  end)
  drive("tf_b" .. letter, "tf_b" .. letter .. ": " .. T.__name__ .. " after a signed char", function(lib)
    local f = lib["tf_b" .. letter]
    f.argtypes, f.restype = {ctypes.c_byte, T}, T
    same(f(0, arg), third)
    same(last_arg(lib, T), arg)
    same(f(-1, arg), third)
  end)
end

drive("tf_bL", "c_char stands for a signed char", function(lib)
  lib.tf_bL.argtypes, lib.tf_bL.restype = {ctypes.c_char, ctypes.c_ulong}, ctypes.c_ulong
  same(lib.tf_bL(" ", 4294967295), 1431655765)
  same(last_arg(lib, ctypes.c_ulong), 4294967295)
end)

drive("tf_i", "a function as restype works on the result", function(lib)
  lib.tf_i.restype = function(result) return result * 2 end
  lib.tf_i.argtypes = {ctypes.c_int}
  same(lib.tf_i(42), 28)
  same(last_arg(lib, ctypes.c_int), 42)
  same(lib.tf_i(-42), -28)
  same(last_arg(lib, ctypes.c_int), -42)
end)

drive("tv_i", "void", function(lib)
  lib.tv_i.restype = nil
  lib.tv_i.argtypes = {ctypes.c_int}
  same(select("#", lib.tv_i(42)), 0)
  same(last_arg(lib, ctypes.c_int), 42)
  same(select("#", lib.tv_i(-42)), 0)
  same(last_arg(lib, ctypes.c_int), -42)
end)

drive("my_sqrt", "a double through libm", function(lib)
  lib.my_sqrt.argtypes, lib.my_sqrt.restype = {ctypes.c_double}, ctypes.c_double
  same(lib.my_sqrt(4), 2)
  same(lib.my_sqrt(2), math.sqrt(2))
end)

drive("my_csqrt my_csqrtf my_csqrtl", "complex numbers through libm", function(lib)
  for suffix, T in pairs{[""] = ctypes.c_double_complex, f = ctypes.c_float_complex, l = ctypes.c_longdouble_complex} do
    local f = lib["my_csqrt" .. suffix]
    f.argtypes, f.restype = {T}, T
    local two = f(4)
    same({two.real, two.imag}, {2, 0})
    for _, sign in ipairs{1, -1} do
      local z = f(ctypes.complex(-1, sign * 0.01))
      close_to(z.real, 0.004999937502734214)
      close_to(z.imag, sign * 1.0000124996093955)
    end
  end
end, 14)
