-- Bit-fields: what C reads of those that Lua sets, and Lua of those that C sets.

dofile(support_path .. "/ctypes_test.lua")

local fields = {}
for i = 1, 9 do fields[i] = {("ABCDEFGHI"):sub(i, i), ctypes.c_int, i} end
for i = 1, 7 do fields[9 + i] = {("MNOPQRS"):sub(i, i), ctypes.c_short, i} end

-- read_all sets each field to every number of a range, and wants C to read what Lua does.
local function read_all(unpack_bitfields, BITS)
  unpack_bitfields.argtypes = {ctypes.POINTER(BITS), ctypes.c_char}
  for index, field in ipairs(fields) do
    local name = field[1]
    for value = 0, index <= 9 and 511 or 255 do
      local b = BITS()
      b[name] = value
      same(unpack_bitfields(ctypes.byref(b), name), b[name])
    end
  end
end

drive("unpack_bitfields", "every field of BITS, as C reads it", function(lib)
  read_all(lib.unpack_bitfields, ctypes.Structure("BITS", fields))
end)

drive("unpack_bitfields", "all the fields of BITS at once", function(lib)
  local BITS = ctypes.Structure("BITS", fields)
  local b = BITS()
  for round = -40, 40 do
    for i, field in ipairs(fields) do b[field[1]] = round * i end
    for _, field in ipairs(fields) do same(lib.unpack_bitfields(ctypes.byref(b), ctypes.c_char(field[1])), b[field[1]]) end
  end
end)

drive("unpack_bitfields_msvc", "by Microsoft's rules", function(lib)
  read_all(lib.unpack_bitfields_msvc, ctypes.Structure("BITS_msvc", fields, {_layout_ = "ms"}))
end, 14)

drive("set_bitfields", "every field of BITS, as C sets it", function(lib)
  local BITS = ctypes.Structure("BITS", fields)
  lib.set_bitfields.argtypes = {ctypes.POINTER(BITS), ctypes.c_char, ctypes.c_int}
  lib.set_bitfields.restype = nil
  for _, field in ipairs(fields) do
    local name, _, width = unpack(field)
    for value = -2 ^ (width - 1), 2 ^ (width - 1) - 1 do
      local b = BITS()
      lib.set_bitfields(ctypes.byref(b), name, value)
      same(b[name], value)
    end
  end
end, gone)

-- The records with bit-fields that functions take. As these are signed int, all are -1.
local quarters = {{"A", ctypes.c_int, 1}, {"B", ctypes.c_int, 2}, {"C", ctypes.c_int, 3}, {"D", ctypes.c_int, 2}}

drive("_testfunc_bitfield_by_value1", "a struct of bit-fields by value", function(lib)
  local Test6 = ctypes.Structure("Test6", quarters)
  local t, f = Test6(1, 3, 7, 3), lib._testfunc_bitfield_by_value1
  f.argtypes, f.restype = {Test6}, ctypes.c_long
  same(f(t), -4)
  prints(t, "Test6(A=-1, B=-1, C=-1, D=-1)") -- C cleared its copy
  same(f(Test6(0, 1, 3, -2)), 2)
end, 7)

drive("_testfunc_bitfield_by_value2", "a union of bit-fields by value", function(lib)
  local Test8 = ctypes.Union("Test8", quarters)
  local t, f = Test8{C = 7}, lib._testfunc_bitfield_by_value2
  f.argtypes, f.restype = {Test8}, ctypes.c_long
  same(f(t), -4)
  same(t.C, -1)
  same(f(Test8{C = 2}), 0 - 2 + 2 - 2)
end, 7)

drive("_testfunc_bitfield_by_reference1", "a struct of bit-fields by reference", function(lib)
  local Test6 = ctypes.Structure("Test6", quarters)
  local t, f = Test6(1, 3, 7, 3), lib._testfunc_bitfield_by_reference1
  f.argtypes, f.restype = {ctypes.POINTER(Test6)}, ctypes.c_long
  same(f(ctypes.byref(t)), -4)
  prints(t, "Test6(A=0, B=0, C=0, D=0)")
end, 7)

drive("_testfunc_bitfield_by_reference2", "a struct of unsigned bit-fields by reference", function(lib)
  local Test7 = ctypes.Structure("Test7", {{"A", ctypes.c_uint, 1}, {"B", ctypes.c_uint, 2}, {"C", ctypes.c_uint, 3}, {"D", ctypes.c_uint, 2}})
  local t, f = Test7(1, 3, 7, 3), lib._testfunc_bitfield_by_reference2
  f.argtypes, f.restype = {ctypes.POINTER(Test7)}, ctypes.c_long
  same(f(ctypes.byref(t)), 14)
  prints(t, "Test7(A=0, B=0, C=0, D=0)")
end, 7)
