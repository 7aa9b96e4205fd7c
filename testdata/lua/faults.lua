-- What an error tells of a fault in C.
local lib = ctypes.CDLL(faulty_path) -- with debug information, so that its functions are declared

local function fault(fn, ...)
  local ok, e = pcall(fn, ...)
  assert(not ok, "no error")
  assert(type(e) == "table" and e.kind == "Fault", tostring(e))
  return e
end

-- Texts name the library by the path it was opened by, and instructions by addresses.
local function plain(text)
  text = text:gsub(faulty_path:gsub("%p", "%%%0"), "LIB"):gsub("%+0x%x+", "+N"):gsub("[^ ]*faults%.lua:%d+", "faults.lua:LINE")
  return (text:gsub("0x%x%x%x%x%x%x+", "0xADDRESS"))
end

local function reports(e, want) same(plain(e.report), want:gsub("^\n", ""):gsub("\n$", "")) end

local function here() return lib.deref(nil) end -- the line that is wanted below

test("one line says what happened where", function()
  prints(plain(tostring(fault(lib.deref, nil))), "Fault: deref: SIGSEGV, read of 0x0 (NULL) in deref+N (LIB), faulty.c:11")
end)

test("the fields have the rest", function()
  local e = fault(lib.deref, ctypes.cast(8, "int *"))
  same({e.signal, e.signal_number, e.access, e.address, e.whose}, {"SIGSEGV", 11, "read", 8, "the NULL page"})
  same({e.meaning, e["function"], e.symbol, e.library, e.line}, {"read of 0x8 (the NULL page)", "deref", "deref", faulty_path, 11})
  same({e.file:match("[^/]*$"), #e.arguments, e.arguments[1]}, {"faulty.c", 1, "0x8"})
  same(e.pc == e.backtrace[1].pc, true)
  same(e.thread > 0, true)
  same(e.where:match("faults%.lua:%d+$") ~= nil, true)
end)

test("the report goes from the fault to the line of Lua", function()
  reports(fault(function() return (here()) end), [[
Fault: deref: SIGSEGV, read of 0x0 (NULL)
  in deref+N (LIB), faulty.c:11
  called by function here, faults.lua:LINE: deref(NULL)]])
end)

test("functions that are not exported have their names", function()
  reports(fault(lib.outer, nil), [[
Fault: outer: SIGSEGV, read of 0x0 (NULL)
  in inner+N (LIB), faulty.c:12
  called by outer+N (LIB), faulty.c:13
  called by function fault, faults.lua:LINE: outer(NULL)]])
end)

test("and those that were inlined", function()
  reports(fault(lib.marks, nil), [[
Fault: marks: SIGSEGV, write to 0x0 (NULL)
  in mark (inlined), faulty.c:16
  called by marks+N (LIB), faulty.c:20
  called by function fault, faults.lua:LINE: marks(NULL)]])
end)

test("a backtrace is a list, and prints", function()
  local e = fault(lib.outer, nil)
  same({e.backtrace[1].symbol, e.backtrace[2].symbol, e.backtrace[2].line}, {"inner", "outer", 13})
  prints(plain(tostring(e.backtrace)), "in inner+N (LIB), faulty.c:12\ncalled by outer+N (LIB), faulty.c:13")
end)

test("memory that may not be written to is named", function()
  local e = fault(lib.overwrite)
  same({e.access, e.whose:match("^read%-only memory of ") ~= nil}, {"write", true})
end)

test("a call of no function is told from who called", function()
  reports(fault(lib.call_it, nil, 3), [[
Fault: call_it: SIGSEGV, jump to 0x0 (NULL)
  called by call_it+N (LIB), faulty.c:24
  called by function fault, faults.lua:LINE: call_it(NULL, 3)]])
end)

test("recursion without end is folded", function()
  local e = fault(lib.down, 1)
  same(e.meaning:match("^stack overflow %(") ~= nil, true)
  same({e.backtrace[1].symbol, e.backtrace[20].symbol}, {"down", "down"})
  same(select(2, e.report:gsub("\n", "")) < 6, true)
end)

test("what C raised in itself is told by who did", function()
  local e = fault(lib.give_up)
  same({e.signal, e.meaning, e.symbol, e.line, e.address}, {"SIGABRT", "abort was called", "give_up", 26, nil})
  e = fault(lib.raised)
  same({e.signal, e.meaning, e.symbol, e.line, e.address}, {"SIGSEGV", "raised by the code itself", "raised", 27, nil})
end)

test("arguments print as C would write them", function()
  local Pair = ctypes.typeof("struct pair", lib)
  local e = fault(lib.many, Pair(1, 2), ctypes.byref(Pair(3, 4)), 5, "x", ("long "):rep(100), -7, ctypes.cast(0x1234, "void *"))
  same({e.arguments[1], e.arguments[2], e.arguments[3], e.arguments[4]}, {"pair(n=1, d=2.0)", "&pair(n=3, d=4.0)", "5.0", '"x"'})
  same({#e.arguments[5] <= 64, e.arguments[6], e.arguments[7]}, {true, "-7", "0x1234"})
end)

test("an int that C takes for an address is pointed out", function()
  local bare = ctypes.CDLL(faulty_path, {debug_info = false})
  local e = fault(bare.first, 5)
  same(e.hint, "argument 1, 5, went as int and C took it for an address: nobody declared first; set first.argtypes, or use ctypes.cdef")
  bare.first.argtypes = {"long"}
  same(fault(bare.first, 5).hint, "argument 1, 5, is declared as long, and C took it for an address")
  local libc = ctypes.CDLL("libc.so.6")
  libc.srand48_r.argtypes = {"long", "long"} -- (seed, struct drand48_data *)
  same(fault(libc.srand48_r, 2, 5).hint, "argument 2, 5, is declared as long, and C took it for an address")
end)

test("floating-point traps that C has asked for are not Lua's", function()
  local libm = ctypes.CDLL("libm.so.6")
  local zero = 0
  libm.feenableexcept(61) -- all but inexact; -1 on machines that have none
  same({tostring(1 / zero), zero / zero ~= zero / zero, tostring(1e300 * (1e300 + zero))}, {"+Inf", true, "+Inf"})
  libm.fedisableexcept(61)
end)

test("so is a pointer that was cut to an int", function()
  local bare = ctypes.CDLL(faulty_path, {debug_info = false})
  local cut = bare.far_text()
  local hint = fault(bare.first, cut).hint
  same((plain(hint):gsub("%-?%d%d%d+", "NUMBER", 1)), "argument 1, NUMBER, is likely 0xADDRESS cut to an int: the function that gave it needs a restype, such as ctypes.c_void_p")
end)

local Int = ctypes.CFUNCTYPE("int", "int")

test("a fault in what a callback calls names the callback", function()
  local e = fault(lib.call_it, Int(function() return lib.deref(nil) end), 1)
  same({e["function"], e.callback:match("^in callback ")}, {"deref", "in callback "})
  reports(e, [[
Fault: deref: SIGSEGV, read of 0x0 (NULL)
  in deref+N (LIB), faulty.c:11
  called by callback faults.lua:LINE: deref(NULL)]])
  function inside() return lib.call_it(Int(function() return lib.deref(nil) end), 2) end
  reports(fault(lib.call_it, Int(inside), 1), [[
Fault: deref: SIGSEGV, read of 0x0 (NULL)
  in deref+N (LIB), faulty.c:11
  called by callback faults.lua:LINE: deref(NULL)
  in callback inside]])
end)

test("an error of a callback before the fault is not lost", function()
  local e = fault(lib.call_then_read, Int(function() error("too bad", 0) end), nil)
  same({e["function"], plain(e.notes[1])}, {"call_then_read", "before it, callback faults.lua:LINE failed: too bad"})
  same(pcall(lib.deref, ctypes.byref(ctypes.c_int(1))), true) -- and not raised a second time
end)

test("a thread of the library", function()
  local e = fault(lib.on_thread)
  same({e.foreign, e["function"], e.symbol}, {true, "on_thread", "deref"})
  same(plain(e.message), "on_thread: a thread of LIB: SIGSEGV, read of 0x0 (NULL) in deref+N (LIB), faulty.c:11")
end)

test("constructors and destructors are named with their library", function()
  local e = fault(ctypes.CDLL, constructor_path)
  same(e.message:gsub(constructor_path:gsub("%p", "%%%0"), "LIB"):match("^LIB: its constructor: SIGSEGV") ~= nil, true)
  same({e["function"], e.arguments[1], e.symbol}, {"dlopen", '"' .. constructor_path .. '"', "deref"})
  local other = ctypes.CDLL(destructor_path)
  e = fault(_ctypes.dlclose, other._handle)
  same(e.message:gsub(destructor_path:gsub("%p", "%%%0"), "LIB"):match("^LIB: its destructor: SIGSEGV") ~= nil, true)
end)

test("accesses from Lua have the same fields", function()
  local e = fault(ctypes.string_at, 16)
  same({e.address, e.access, e.whose, e.signal, e.report}, {16, "read", "the NULL page"})
  e = fault(put, ctypes.cast(lib.deref, "int *"), 0, 1)
  same({e.access, e.whose:match("^read%-only memory of ") ~= nil}, {"write", true})
end)

test("the next call works", function() same(lib.deref(ctypes.byref(ctypes.c_int(5))), 5) end)
