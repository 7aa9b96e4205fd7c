-- Times calls from LuaJIT. Prints "row nanoseconds" lines; bench.sh compares them.
local ffi = require("ffi")
ffi.cdef[[
int add(int a, int b);
double mul(double a, double b);
size_t len(const char *s);
const char *echo(const char *s);
typedef struct { double x, y; } point;
point turn(point p);
int repeat_call(int (*f)(int, int), int n);
]]
local lib = ffi.load(arg[1])

local n = 1000000
local function time(f)
  local start = os.clock()
  f()
  return (os.clock() - start) / n * 1e9
end
local loop = time(function() for i = 1, n do end end)
local function row(name, f) print(name, time(f) - loop) end

row("int(int,int)", function() for i = 1, n do lib.add(i, 5) end end)
row("double(double,double)", function() for i = 1, n do lib.mul(i, 2.5) end end)
row("size_t(const char*)", function() for i = 1, n do lib.len("hello world") end end)

row("char*(const char*)", function() for i = 1, n do ffi.string(lib.echo("hello world")) end end)

local p = ffi.new("point", 1, 2)
row("struct in and out", function() for i = 1, n do lib.turn(p) end end)
row("field get", function() local x for i = 1, n do x = p.x end end)
row("field set", function() for i = 1, n do p.x = i end end)

local a = ffi.new("int[?]", n)
row("array fill", function() for i = 0, n - 1 do a[i] = i end end)
row("array sum", function() local sum = 0 for i = 0, n - 1 do sum = sum + a[i] end end)

-- Here the loop is C's, so no empty one is taken off.
local function calls(name, f)
  local start = os.clock()
  f(500000)
  print(name, (os.clock() - start) / 500000 * 1e9)
end
local callback = ffi.cast("int (*)(int, int)", function(a, b) return a + b end)
calls("callback from C", function(n) lib.repeat_call(callback, n) end)
