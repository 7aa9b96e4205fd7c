-- Times calls from dlsh. Prints "row nanoseconds" lines; bench.sh compares them.
local lib = ctypes.CDLL(arg[1])
local add, mul, len = lib.add, lib.mul, lib.len
add.argtypes = {"int", "int"}
mul.argtypes, mul.restype = {"double", "double"}, "double"
len.argtypes, len.restype = {"const char *"}, "size_t"

local n = 1000000
local function time(f)
  local start = os.clock()
  f()
  return (os.clock() - start) / n * 1e9
end
local loop = time(function() for i = 1, n do end end)
local function row(name, f) print(name, time(f) - loop) end

row("int(int,int)", function() for i = 1, n do add(i, 5) end end)
row("double(double,double)", function() for i = 1, n do mul(i, 2.5) end end)
row("size_t(const char*)", function() for i = 1, n do len("hello world") end end)

lib.echo.argtypes, lib.echo.restype = {"const char *"}, "const char *"
local echo = lib.echo
row("char*(const char*)", function() for i = 1, n do echo("hello world") end end)

local Point = ctypes.Structure("Point", {{"x", "double"}, {"y", "double"}})
lib.turn.argtypes, lib.turn.restype = {Point}, Point
local turn, p = lib.turn, Point(1, 2)
row("struct in and out", function() for i = 1, n do turn(p) end end)
row("field get", function() local x for i = 1, n do x = p.x end end)
row("field set", function() for i = 1, n do p.x = i end end)

local a = (ctypes.c_int * n)()
row("array fill", function() for i = 0, n - 1 do a[i] = i end end)
row("array sum", function() local sum = 0 for i = 0, n - 1 do sum = sum + a[i] end end)

-- Here the loop is C's, so no empty one is taken off.
local function calls(name, f)
  local start = os.clock()
  f(500000)
  print(name, (os.clock() - start) / 500000 * 1e9)
end
local callback = ctypes.CFUNCTYPE("int", "int", "int")(function(a, b) return a + b end)
calls("callback from C", function(n) lib.repeat_call(callback, n) end)
