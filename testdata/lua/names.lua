-- Names that are not Lua's but that people type, and Lua's own functions where dlsh changes them.

local function global(name) return _G[name] end

test("a C type without quotes is an error, not nil", function()
  fails("NameError", [[float is not a Lua name; write the type in quotes, "float"]], global, "float")
  fails("NameError", [[size_t is not a Lua name; write the type in quotes, "size_t"]], global, "size_t")
  fails("NameError", "c_int is not a Lua name; write ctypes.c_int", global, "c_int")
  fails("NameError", "exit is not a Lua name; os.exit() ends a script", global, "exit")
  same(global("anything_else"), nil)
  same(rawget(_G, "float"), nil)
end)

test("names a module does not have are errors too", function()
  fails("AttributeError", [[ctypes has no "c_itn"; did you mean c_int?]], get, ctypes, "c_itn")
  fails("AttributeError", [[_ctypes has no "dlcloze"; did you mean dlclose?]], get, _ctypes, "dlcloze")
  same(rawget(ctypes, "c_itn"), nil)
  fails("AttributeError", "ctypes.py_object is not there: there is no Python in dlsh (docs/ctypes-parity.md)", get, ctypes, "py_object")
  fails("AttributeError", "ctypes.WinDLL is not there: it is Windows' own, and comes with the Windows work", get, ctypes, "WinDLL")
  fails("AttributeError", "ctypes.util.find_msvcrt is not there", get, ctypes.util, "find_msvcrt")
end)

test("modules can be required", function()
  same(require("ctypes"), ctypes)
  same(require("_ctypes"), _ctypes)
  same(require("ctypes.util"), ctypes.util)
  same(require("dl"), dl)
end)

test("loadstring, load, loadfile and dofile say what is wrong as scripts do", function()
  local fn, why = loadstring("x = = 1")
  same({fn == nil, why}, {true, [=[[string "x = = 1"]:1: syntax error near '=']=]})
  same(select(2, loadstring("x =", "=mine")), "mine:1: syntax error near <eof>")
  same(loadstring("return 1 + ...")(2), 3)
  local pieces = {"return ", "6 * 7"}
  same(load(function() return table.remove(pieces, 1) end)(), 42)
  same(loadfile(file("four.lua", "#!/usr/bin/dlsh\nreturn 4"))(), 4)
  same(dofile(file("five.lua", "\239\187\191return 5, ...")), 5)
  same(select(2, loadfile(file("bad.lua", "\n\nlocal 5"))), "./bad.lua:3: syntax error near '5'")
  fails("", "no such file", dofile, "./missing.lua")
  fails("", "it is a folder", dofile, ".")
end)

test("hexadecimal numbers are exact or refused", function()
  same(0x7ffffffffffffc00, 2^63 - 1024)
  same(0x8000000000000000, 2^63)
  local fn, why = loadstring("return 0xffffffffffffffff", "=chunk")
  same({fn == nil, why}, {true, [[chunk:1: 0xffffffffffffffff is not exact as a Lua number; write ctypes.uint64("0xffffffffffffffff")]]})
  same("0xffffffffffffffff", "0x" .. ("f"):rep(16)) -- in a string it is text
end)

test("string.format knows 64-bit integers, %u and what prints itself", function()
  local big = ctypes.uint64("18446744073709551615")
  same(("%d %u %x"):format(big, big, big), "18446744073709551615 18446744073709551615 ffffffffffffffff")
  same(("%5u|%s"):format(7, ctypes.c_int(5)), "    7|c_int(5)")
  fails("TypeError", "%d wants a number, not c_int(5)", string.format, "%d", ctypes.c_int(5))
end)

test("collectgarbage counts", function()
  same(collectgarbage("count") > 10, true)
  same(collectgarbage(), 0)
end)

test("assert keeps error values whole", function()
  local ok, e = pcall(function() return assert(pcall(ctypes.CDLL, "./none.so")) end)
  same({ok, e.kind}, {false, "OSError"})
end)

test("a misspelt C type has near names", function()
  fails("TypeError", [[unknown type name "size"; did you mean size_t]], ctypes.sizeof, "size")
  fails("TypeError", [[unknown type name "duoble"; did you mean double?]], ctypes.sizeof, "duoble")
  fails("TypeError", [[unknown type name "FILE" ("void *" stands for a pointer to anything)]], ctypes.sizeof, "FILE *")
end)
