-- Opening what is not a library: the error says what it is instead.

test("a missing library is refused in the loader's words", function()
  fails("OSError", "./nosuch.so: cannot open shared object file: No such file or directory", ctypes.CDLL, "./nosuch.so")
  fails("OSError", "libnosuch.so.9: cannot open shared object file", ctypes.CDLL, "libnosuch.so.9")
  fails("OSError", "./nosuch.so: cannot open shared object file", _ctypes.dlopen, "./nosuch.so")
  fails("OSError", "/no/such/folder/x.so: cannot open", ctypes.CDLL, "/no/such/folder/x.so")
  fails("OSError", "nosuch.so", ctypes.cdll.LoadLibrary, "nosuch.so")
  fails("OSError", "nosuch.so", function() return ctypes.cdll["nosuch.so"] end)
end)

test("near names are offered", function()
  copy("libsample.so")
  fails("OSError", "; did you mean ./libsample.so?", ctypes.CDLL, "./libsampel.so")
  fails("OSError", "did you mean ./libsample.so", ctypes.CDLL, "libsample.so") -- it lies here, where the loader does not look
  fails("OSError", "libm.so.6", ctypes.CDLL, "libmm.so.6")
end)

test("a text file is no library", function()
  fails("OSError", "invalid ELF header (it is a text file, not an ELF library)", ctypes.CDLL, file("text.so", ("int main(void) { return 0; }\n"):rep(10)))
end)

test("an empty file and a torn one are no libraries", function()
  fails("OSError", "empty.so: file too short", ctypes.CDLL, file("empty.so", ""))
  fails("OSError", "torn.so", ctypes.CDLL, file("torn.so", content(probe_path):sub(1, 100)))
end)

test("a folder is no library", function()
  fails("OSError", "cannot read file data: Is a directory (it is a folder, not a library)", ctypes.CDLL, "/tmp")
end)

-- patched is the probe library with other bytes in its ELF header, by their offset.
local function patched(name, changes)
  local bytes = content(probe_path)
  for at, byte in pairs(changes) do bytes = bytes:sub(1, at) .. string.char(byte) .. bytes:sub(at + 2) end
  return file(name, bytes)
end

test("a library for 32 bits is refused", function()
  fails("OSError", "wrong ELF class: ELFCLASS32 (it is a 32-bit file", ctypes.CDLL, patched("bits.so", {[4] = 1})) -- EI_CLASS
end)

test("a library for another CPU is refused", function()
  fails("OSError", "(it is built for riscv64; this process is", ctypes.CDLL, patched("cpu.so", {[18] = 243, [19] = 0})) -- e_machine
end)

test("a library for the other byte order is refused", function()
  fails("OSError", "(it is built for ppc64; this process is", ctypes.CDLL, patched("order.so", {[5] = 2, [18] = 0, [19] = 21}))
end)

test("a program is no library", function()
  fails("OSError", "/bin/sh", ctypes.CDLL, "/bin/sh")
end)

test("an empty name is refused, nil is the program itself", function()
  fails("OSError", "the library name is empty (nil stands for the program itself)", ctypes.CDLL, "")
  fails("OSError", "the library name is empty", _ctypes.dlopen, "")
  same(ctypes.CDLL(nil)._handle, _ctypes.dlopen(nil))
  fails("TypeError", "a library name is wanted (or nil for the program itself)", ctypes.CDLL)
  same(ctypes.CDLL(nil)._name, nil)
  same(ctypes.CDLL(nil).abs(-5), 5)
end)

test("a NUL in a name is refused", function()
  fails("OSError", [[the library name "lib\x00.so" has a NUL byte in it]], ctypes.CDLL, "lib\0.so")
end)

test("what is no name is refused", function()
  for _, x in ipairs{5, {}, true, print, ctypes.c_int, ctypes.c_int(5)} do
    fails("TypeError", "CDLL: argument 1: a library name is wanted", ctypes.CDLL, x)
    fails("TypeError", "dlopen: argument 1: a library name is wanted", _ctypes.dlopen, x)
  end
end)

test("wrong modes and options are refused", function()
  fails("TypeError", "a mode or a table of options is wanted, not string", ctypes.CDLL, probe_path, "now")
  fails("TypeError", "RTLD_ flags are wanted, not number 1.5", ctypes.CDLL, probe_path, 1.5)
  fails("TypeError", "RTLD_ flags are wanted, not string", ctypes.CDLL, probe_path, {mode = "now"})
  fails("TypeError", [[unknown option "use_erno"; did you mean use_errno?]], ctypes.CDLL, probe_path, {use_erno = true})
  fails("OSError", "invalid mode", ctypes.CDLL, probe_path, 0x40000000 + 3)
  fails("OSError", "handle 0x1234 is not open", ctypes.CDLL, probe_path, {handle = 0x1234})
end)

test("RTLD_NOLOAD finds only what is loaded", function()
  local path = copy("noload.so")
  fails("OSError", "./noload.so is not loaded (RTLD_NOLOAD)", ctypes.CDLL, path, ctypes.RTLD_NOLOAD)
  local lib = ctypes.CDLL(path)
  same(ctypes.CDLL(path, ctypes.RTLD_NOLOAD)._handle, lib._handle)
end)

test("one library under many names is one handle", function()
  local path = copy("names.so")
  local lib = ctypes.CDLL(path)
  same(ctypes.CDLL("./././names.so")._handle, lib._handle)
  same(ctypes.cdll.LoadLibrary(path)._handle, lib._handle)
  same(_ctypes.dlopen(path), lib._handle)
  same(lib._name, path)
  same(tostring(lib):match("^<CDLL '(.-)', handle %x+ at 0x%x+>$"), path)
end)
