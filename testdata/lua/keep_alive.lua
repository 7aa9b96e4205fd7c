-- What a value points into lives as long as the value. Go overwrites freed memory
-- here (GODEBUG=clobberfree=1), so what was freed too early reads as garbage.

local lib = ctypes.CDLL(probe_path)
local int_p = ctypes.POINTER(ctypes.c_int)

-- Many is large enough to have memory of its own; small values share chunks, and
-- one that lives would keep its neighbours.
local Many = ctypes.c_int * 1000

-- churn makes garbage and has it collected.
local function churn()
  for _ = 1, 4 do
    for i = 1, 400 do local _ = ctypes.create_string_buffer(300) end
    collectgarbage()
  end
end

test("memory that nobody holds is overwritten", function()
  -- The test of the tests: without this one the others would prove nothing.
  local address = ctypes.addressof(Many(12345))
  churn()
  same(ctypes.c_int.from_address(address).value == 12345, false)
end)

test("a value of its own", function()
  local small, large, text = ctypes.c_int(12345), Many(12345), ctypes.create_string_buffer(("text"):rep(1000))
  churn()
  same({small.value, large[0], text.value}, {12345, 12345, ("text"):rep(1000)})
end)

test("small values that share a chunk with garbage", function()
  local list = {}
  for i = 1, 2000 do
    ctypes.c_double(i)
    if i % 100 == 0 then list[#list + 1] = ctypes.c_int(i) end
  end
  churn()
  for i, x in ipairs(list) do same(x.value, 100 * i) end
end)

test("pointer(x) when x is out of scope", function()
  local p = ctypes.pointer(Many(12345))
  churn()
  same(p[0][0], 12345)
  same(p.contents[0], 12345)
end)

test("pointers to pointers", function()
  local pp = ctypes.pointer(ctypes.pointer(Many(12345)))
  churn()
  same(pp[0][0][0], 12345)
  same(pp.contents.contents[0], 12345)
end)

test("byref", function()
  local r = ctypes.byref(Many(12345))
  churn()
  same(lib.sum(r, 1), 12345)
end)

test("contents outlives its pointer", function()
  local x = ctypes.pointer(Many(12345)).contents
  churn()
  same(x[0], 12345)
end)

test("an element outlives its array", function()
  local inner = (Many * 2)({1, 2}, {3, 4})[1]
  churn()
  same(inner:slice(0, 2), {3, 4})
end)

test("strings in an array of c_char_p", function()
  local words = (ctypes.c_char_p * 3)()
  for i = 0, 2 do words[i] = ("word " .. i .. " "):rep(200) end
  churn()
  for i = 0, 2 do same(words[i], ("word " .. i .. " "):rep(200)) end
  same(lib.total_length(words, 3), 3 * 7 * 200)
  words[1] = "new"
  churn()
  same(words[1], "new")
end)

test("strings in initialisers", function()
  local words = (ctypes.c_char_p * 2)(("a"):rep(2000), ("b"):rep(2000))
  local listed = (ctypes.c_char_p * 2){("c"):rep(2000), ("d"):rep(2000)}
  churn()
  same(words[1], ("b"):rep(2000))
  same(listed[0], ("c"):rep(2000))
end)

test("c_char_p and c_wchar_p", function()
  local s, w = ctypes.c_char_p(("s"):rep(2000)), ctypes.c_wchar_p(("é"):rep(2000))
  churn()
  same(s.value, ("s"):rep(2000))
  same(w.value, ("é"):rep(2000))
  s.value = ("t"):rep(3000)
  churn()
  same(s.value, ("t"):rep(3000))
end)

test("an array copied from another one", function()
  local T = ctypes.c_char_p * 2
  local copied = T(T(("a"):rep(2000), ("b"):rep(2000)))
  churn()
  same(copied[1], ("b"):rep(2000))
end)

test("pointers in arrays", function()
  local ps = (int_p * 3)()
  for i = 0, 2 do ps[i] = ctypes.cast(Many(i), int_p) end
  churn()
  for i = 0, 2 do same(ps[i][0], i) end
end)

test("a pointer taken out of an array outlives it", function()
  local p = (function()
    local ps = (int_p * 1)(ctypes.cast(Many(12345), int_p))
    return ps[0]
  end)()
  churn()
  same(p[0], 12345)
end)

test("results of cast", function()
  local p = ctypes.cast(Many(12345), int_p)
  local v = ctypes.cast(ctypes.create_string_buffer(("v"):rep(2000)), ctypes.c_void_p)
  local s = ctypes.cast(("s"):rep(2000), ctypes.c_char_p)
  churn()
  same(p[0], 12345)
  same(ctypes.string_at(v, 5), "vvvvv")
  same(s.value, ("s"):rep(2000))
  local again = ctypes.cast(ctypes.cast(p, ctypes.c_void_p), int_p)
  p = nil
  churn()
  same(again[0], 12345)
end)

test("contents set to a value that goes out of scope", function()
  local p = ctypes.POINTER(Many)()
  p.contents = Many(12345)
  churn()
  same(p[0][0], 12345)
end)

test("c_void_p set to an array", function()
  local v = ctypes.c_void_p(ctypes.create_string_buffer(("v"):rep(2000)))
  churn()
  same(ctypes.string_at(v, 3), "vvv")
end)

test("pointers behind pointers: char **", function()
  local argv = ctypes.cast((ctypes.c_char_p * 2)(("a"):rep(2000), ("b"):rep(2000)), ctypes.POINTER(ctypes.c_char_p))
  churn()
  same(argv[1], ("b"):rep(2000))
  argv[0] = ("c"):rep(2000)
  churn()
  same(argv[0], ("c"):rep(2000))
end)

test("from_buffer shares and holds", function()
  local shared = (ctypes.c_char * 4).from_buffer(ctypes.create_string_buffer(("f"):rep(2000)))
  churn()
  same(shared.raw, "ffff")
end)

test("an overlapping copy", function()
  local T = ctypes.c_char_p * 3
  for _, to in ipairs{0, 8} do
    local words = (ctypes.c_char_p * 4)(("a"):rep(2000), ("b"):rep(2000), ("c"):rep(2000), ("d"):rep(2000))
    local target, source = (T * 1).from_buffer(words, to), T.from_buffer(words, 8 - to)
    target[0] = source
    churn()
    local letters = ""
    for i = 0, 3 do
      same(words[i], words[i]:sub(1, 1):rep(2000))
      letters = letters .. words[i]:sub(1, 1)
    end
    same(letters, to == 0 and "bcdd" or "aabc")
  end
end)

test("copies take time by their size, not by what else is kept", function()
  local Pair = ctypes.c_char_p * 2
  local many = (Pair * 20000)()
  local start = os.clock()
  for i = 0, 19999 do many[i] = Pair("x", "y") end
  for i = 0, 19999 do same(Pair(many[i])[1], "y") end
  same(os.clock() - start < 3, true)
end)

test("a copy that overwrites a pointer lets go of what it led to", function()
  local words = (ctypes.c_char_p * 2)(("a"):rep(2000), ("b"):rep(2000))
  local other = (ctypes.c_char_p * 2)(nil, ("c"):rep(2000))
  local shared = ((ctypes.c_char_p * 2) * 1).from_buffer(words)
  shared[0] = other
  other = nil
  churn()
  same({words[0], words[1]}, {nil, ("c"):rep(2000)})
end)

-- Memory that is not Go's: what is stored there lives as long as some way to it that Lua has.
local c = ctypes.CDLL(nil)
c.malloc.argtypes, c.malloc.restype = {"size_t"}, "void *"

test("pointer(x) to a view of malloc's memory", function()
  local x = ctypes.c_char_p.from_address(c.malloc(16))
  x.value = ("x"):rep(2000)
  local p, r = ctypes.pointer(x), ctypes.byref(x)
  local q = ctypes.POINTER(ctypes.c_char_p)()
  q.contents = x
  x = nil
  churn()
  same(p.contents.value, ("x"):rep(2000))
  same(p[0], ("x"):rep(2000))
  p = nil
  churn()
  same(q[0], ("x"):rep(2000))
  q = ctypes.cast(r, ctypes.POINTER(ctypes.c_char_p))
  r = nil
  churn()
  same(q[0], ("x"):rep(2000))
end)

test("cast of a pointer into malloc's memory", function()
  local y = ctypes.cast(c.malloc(16), ctypes.POINTER(ctypes.c_char_p))
  y[0], y[1] = ("y"):rep(2000), ("z"):rep(2000)
  local w = ctypes.cast(y, ctypes.POINTER(ctypes.c_char_p))
  y = nil
  churn()
  same({w[0], w[1]}, {("y"):rep(2000), ("z"):rep(2000)})
  local v = ctypes.cast(ctypes.cast(w, ctypes.c_void_p), ctypes.POINTER(ctypes.c_char_p))
  local held = (ctypes.POINTER(ctypes.c_char_p) * 1)(w)
  w = nil
  churn()
  same({v[0], held[0][1]}, {("y"):rep(2000), ("z"):rep(2000)})
  v = nil
  churn()
  same(held[0][0], ("y"):rep(2000))
end)

test("from_buffer_copy", function()
  local words = (ctypes.c_char_p * 3)(("a"):rep(2000), ("b"):rep(2000), ("c"):rep(2000))
  local copied = (ctypes.c_char_p * 2).from_buffer_copy(words, 8)
  local bytes = (ctypes.c_char * 20).from_buffer_copy(words, 4) -- the pointers are at 4 and 12
  words = nil
  churn()
  same({copied[0], copied[1]}, {("b"):rep(2000), ("c"):rep(2000)})
  local again = ctypes.c_char_p.from_buffer_copy(bytes, 12)
  same(again.value, ("c"):rep(2000))
end)

test("memmove of pointers", function()
  local words = (ctypes.c_char_p * 2)()
  ctypes.memmove(words, (ctypes.c_char_p * 2)(("a"):rep(2000), ("b"):rep(2000)), 16)
  churn()
  same({words[0], words[1]}, {("a"):rep(2000), ("b"):rep(2000)})
end)

test("arguments live through the call", function()
  for i = 1, 50 do
    same(lib.total_length((ctypes.c_char_p * 2)(("x"):rep(1000), ("y"):rep(i)), 2), 1000 + i)
    if i % 10 == 0 then collectgarbage() end
  end
end)

test("a string stored in a library's variable", function()
  local title = ctypes.c_char_p.in_dll(lib, "title")
  title.value = ("t"):rep(2000)
  churn()
  same(title.value, ("t"):rep(2000))
end)
