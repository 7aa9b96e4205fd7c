-- This file defines how faults are run. The test puts rows of its table behind it, each a call of fault.
-- arg: the folder of the libraries; the file that is told what begins and how it ends.

here = arg[1]
local log = assert(io.open(arg[2], "a"))
lib = ctypes.CDLL(here .. "/faults.so")
if io.open(here .. "/exceptions.so") then cpp = ctypes.CDLL(here .. "/exceptions.so") end

-- What is called back takes an int and gives one.
Callback = ctypes.CFUNCTYPE("int", "int")
for _, name in ipairs{"call_back", "call_back_then_fault", "call_back_and_add", "qsort_callback", "jump_over",
  "thread_calls_back", "thread_faults_after_callback"} do
  lib[name].argtypes = {"int", Callback}
end
function callback(fn) return Callback(fn) end

lib.add.argtypes = {"int", "int"}
lib.half.argtypes, lib.half.restype = {"long double"}, "long double"
local point, pair = 0.1, 0.2
local neighbour = here .. "/neighbour.so"

function note(...)
  log:write(table.concat({...}, " "), "\n")
  log:flush()
end

-- drained is what fn does when several threads fault in it: the first is raised, the others by the calls that follow.
function drained(fn)
  local result = {pcall(fn)}
  for i = 1, 20 do
    if pcall(lib.all_gone) and pcall(lib.add, 1, 1) then break end
  end
  if not result[1] then error(result[2], 0) end
  return result[2]
end

local function same(what, got, want)
  if got ~= want then error(what .. " gives " .. tostring(got) .. ", want " .. tostring(want), 0) end
end

-- well looks at all that has to work after a fault. It raises what does not.
function well()
  same("add", lib.add(40, 2), 42)
  same("half", tostring(lib.half(5)), "2.5")
  same("0.1 + 0.2", string.format("%.17g", point + pair), "0.30000000000000004")
  same("churn", lib.churn(3000), 42)
  same("call_back_and_add", lib.call_back_and_add(2, callback(function(n) return lib.add(n, 0) end)), 42)
  local other = ctypes.CDLL(neighbour)
  same("neighbour", other.neighbour(), 42)
  _ctypes.dlclose(other._handle)
  collectgarbage()
  same("thread_uses", lib.thread_uses(), 42)
  same("thread_opens", lib.thread_opens(), 42)
end

-- judge says what is wrong with what came of a fault. signals: any of them is to be named; "" among them: the call may
-- come back with 42; "any": or with anything.
local function judge(ok, got, signals, words)
  if ok then
    if not signals[""] then return "the call came back with " .. tostring(got) end
    return got ~= 42 and not signals.any and "the call gave " .. tostring(got) or nil
  end
  local text = tostring(got)
  local named = false
  for signal in pairs(signals) do named = named or signal ~= "" and text:find(signal, 1, true) end
  if not named then return "the error is " .. text end
  local kind = signals.OSError and "OSError" or signals.TimeoutError and "TimeoutError" or "Fault"
  if got.kind ~= kind then return "the error is of kind " .. tostring(got.kind) .. ": " .. text end
  for _, word in ipairs(words) do
    if not text:find(word, 1, true) then return "the error lacks " .. word .. ": " .. text end
  end
end

-- fault runs one row. ruins: what is left may be beyond repair, so that calls are refused; they must not hang.
function fault(name, signals, words, ruins, call)
  note("begin", name)
  local ok, got = pcall(call)
  note("said", (tostring(got):gsub("\n", "\\n")))
  local why = judge(ok, got, signals, words)
  local fine, what = pcall(well)
  if not fine and not (ruins and type(what) == "table" and what.kind == "Fault") then
    why = (why and why .. "; " or "") .. "afterwards: " .. tostring(what)
  end
  pcall(lib.forget_handlers)
  note(why and "wrong" or "right", name, (why or ""):gsub("\n", "\\n"), "")
end

-- costs gives the nanoseconds of a call, for a report.
function costs()
  local n, add = 200000, lib.add
  local start = os.clock()
  for i = 1, n do add(i, 1) end
  return (os.clock() - start) / n * 1e9
end
