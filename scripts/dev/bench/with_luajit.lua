-- Times calls from LuaJIT. Prints "row nanoseconds" lines; bench.sh compares them.
local ffi = require("ffi")
ffi.cdef[[
int add(int a, int b);
double mul(double a, double b);
size_t len(const char *s);
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
