-- Errors that are caught leave the variables that closures share as they are.
local throw = {
  {"a string", function() error("x") end},
  {"a table", function() error({}) end},
  {"dlsh's own", function() ctypes.c_int("x") end},
  {"in a coroutine", function() coroutine.wrap(function() error("x") end)() end},
  {"in a callback", function() ctypes.CFUNCTYPE("int")(function() error("x", 0) end)() end},
}

local catch = {
  pcall = pcall,
  xpcall = function(f) return xpcall(f, debug.traceback) end,
  ["pcall in xpcall"] = function(f) return xpcall(function() pcall(error) f() end, function(e) return e end) end,
  ["xpcall in pcall"] = function(f) return pcall(function() xpcall(error, debug.traceback) f() end) end,
}

local function churn(n) local a, b, c, d, e = 1, 2, 3, 4, 5 if n > 0 then churn(n - 1) end end

for _, case in ipairs(throw) do
  for how, protected in pairs(catch) do
    test(case[1] .. ", " .. how, function()
      local n, inner = 0
      local function bump() n = n + 1 return n end
      same(protected(function()
        local own = 10
        inner = function() own = own + 1 return own end
        bump()
        own = 40
        case[2]()
      end), false)
      churn(50)
      same({n, bump(), n}, {1, 2, 2}) -- the function that goes on shares them still
      same({inner(), inner()}, {41, 42}) -- the one that ended left its own to its closures
      for i = 1, 3 do
        local k = i
        local function set(x) k = x end
        protected(case[2])
        set(i * 10)
        same(k, i * 10)
      end
    end)
  end
end

test("a handler may set them", function()
  local seen
  xpcall(function() error("x", 0) end, function(e) seen = e end)
  same(seen, "x")
end)

test("from_param", function()
  local lib = ctypes.CDLL(probe_path)
  local n = 0
  lib.add.argtypes = {{from_param = function(x) n = n + 1 error("no") end}, "int"}
  same(pcall(lib.add, 1, 2), false)
  same(n, 1)
  lib.add.argtypes = nil
end)

test("a coroutine that failed is dead", function()
  local co = coroutine.wrap(function() error("x", 0) end)
  same({pcall(co)}, {false, "x"})
  fails("", "dead", co)
  same(coroutine.running(), nil)
end)
