-- lib:symbols: the functions and variables a library exports.
local lib = ctypes.CDLL(probe_path)

-- named finds a symbol of a list by its name.
local function named(list, name)
  for _, s in ipairs(list) do
    if s.name == name then return s end
  end
end

test("functions and variables, sorted by name", function()
  local list = lib:symbols()
  local add, counter, big = named(list, "add"), named(list, "counter"), named(list, "big")
  same(add.kind, "function")
  same(add.binding, "global")
  same(add.size > 0, true)
  same(add.version, nil)
  same(add.demangled, nil)
  same(counter.kind, "variable")
  same(counter.size, 4)
  same(big.size, 8)
  for i = 2, #list do same(list[i - 1].name < list[i].name, true) end
  same(named(list, "strlen"), nil) -- what it imports is another library's
end)

test("addresses are those the loader gives", function()
  same(named(lib:symbols(), "counter").address, _ctypes.dlsym(lib._handle, "counter"))
  same(ctypes.c_int.from_address(named(lib:symbols(), "counter").address).value, 42)
  same(named(lib:symbols(), "add").address, _ctypes.dlsym(lib._handle, "add"))
end)

test("a pattern is a part of the name, or a Lua pattern", function()
  same(#lib:symbols("counter"), 2)
  same(#lib:symbols("^counter$"), 1)
  same(#lib:symbols("_[ui]64$"), 2)
  same(#lib:symbols("no such name"), 0)
  fails("ValueError", [[symbols: "[ab" is no Lua pattern]], lib.symbols, lib, "[ab")
  fails("TypeError", "symbols: argument 2: a part of a name or a Lua pattern is wanted, not number 5", lib.symbols, lib, 5)
end)

test("weak symbols and versions", function()
  local libc = ctypes.CDLL("libc.so.6")
  same(named(libc:symbols("strdup"), "strdup").binding, "weak")
  same(named(libc:symbols("strlen"), "strlen").version:match("^GLIBC_") ~= nil, true)
end)

test("the program has what it was started with, from its libraries", function()
  local list = ctypes.CDLL(nil):symbols("^strlen$")
  same(#list, 1)
  same(list[1].library:match("libc%.") ~= nil, true)
  same(list[1].address, _ctypes.dlsym(0, "strlen"))
  same(#ctypes.CDLL(nil):symbols("^total_length$"), 0) -- lib was opened for itself
end)

test("the list prints in columns, and a long one is cut", function()
  local short = tostring(lib:symbols("^counter$"))
  same(short:match("^ADDRESS +SIZE +KIND +BINDING +NAME\n%x+ +4 +variable +global +counter$") ~= nil, true)
  prints(lib:symbols("no such name"), "no symbols")
  local list = ctypes.CDLL("libc.so.6"):symbols()
  local text = tostring(list)
  same(select(2, text:gsub("\n", "")), 41)
  same(text:match("\n%.%.%. (%d+) more; lib:symbols%("), tostring(#list - 40))
  same(text:match("\n[^\n]*VERSION") , nil) -- one head
  same(select(2, list:text():gsub("\n", "")), #list)
end)

test("a library may have symbols of these names itself", function()
  fails("AttributeError", "undefined symbol: symbol", get, lib, "symbol")
  same(type(lib.symbols), "function")
  same(lib.symbols, dl.symbols)
  same(lib.declare, dl.declare)
  same(#dl.symbols(lib, "^counter$"), 1)
  fails("TypeError", "symbols: a library is wanted, not nil: lib:symbols() with a colon, or dl.symbols(lib)", lib.symbols)
  fails("TypeError", "declare: a library is wanted, not number 5: lib:declare() with a colon", dl.declare, 5)
end)

test("of a library that has been unloaded there is nothing", function()
  local gone = ctypes.CDLL(copy("gone.so"))
  _ctypes.dlclose(gone._handle)
  fails("OSError", "symbols: ./gone.so has been unloaded", function() gone:symbols() end)
  fails("OSError", "declare: ./gone.so has been unloaded", function() gone:declare() end)
end)
