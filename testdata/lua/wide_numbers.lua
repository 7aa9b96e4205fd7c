-- 64-bit integers: a number while that is exact, else a value of its own; no bit is lost.

local lib = ctypes.CDLL(probe_path)
lib.add_u64.argtypes, lib.add_u64.restype = {"uint64_t", "uint64_t"}, "uint64_t"
lib.add_i64.argtypes, lib.add_i64.restype = {"int64_t", "int64_t"}, "int64_t"

test("results up to 2^53 are numbers", function()
  same(lib.add_i64(2^53 - 1, 1), 2^53)
  same(lib.add_i64(-2^53, 0), -2^53)
  same(type(lib.add_u64(1, 2)), "number")
end)

test("larger results print and pass on exactly", function()
  local x = lib.add_i64(2^53, 1)
  prints(x, "9007199254740993")
  prints(lib.add_i64(x, 2), "9007199254740995")
  prints(lib.add_u64(-1, 0), "18446744073709551615")
  prints(lib.add_u64(lib.add_u64(-1, 0), 0), "18446744073709551615")
  prints(lib.add_i64(ctypes.int64("-9223372036854775808"), 0), "-9223372036854775808")
end)

test("variables too", function()
  prints(ctypes.c_int64.in_dll(lib, "odd").value, "9007199254740993")
  prints(ctypes.c_uint64.in_dll(lib, "big").value, "18446744073709551615")
  prints(ctypes.c_uint64.in_dll(lib, "big"), "c_ulong(18446744073709551615)")
  local a = (ctypes.c_int64 * 2)(ctypes.int64("9007199254740993"), 5)
  prints(a[0], "9007199254740993")
  same(a[1], 5)
end)

test("arithmetic and comparison", function()
  local x = ctypes.int64("9007199254740993")
  prints(x + 2, "9007199254740995")
  prints(x - 1, "9007199254740992")
  same(x == ctypes.int64("9007199254740993"), true)
  same(x > ctypes.int64(5), true)
  same(string.format("%d", x), "9007199254740993")
  same(string.format("%x", ctypes.uint64("0xffffffffffffffff")), "ffffffffffffffff")
end)
