-- The count the loader keeps: opens a library twice, closes it twice, and shows after each step how many opens the
-- library has left and what that did. The library, testdata/lib.c, says "initialize" when the loader brings it in
-- and "finalize" when the loader lets it go.
--
--     go run . scripts/refcount.lua
--
-- It needs a C compiler: $CC, or else cc.

-- Each step is a line as typed at the prompt, and why it does what it does. An error belongs to some of them.
local steps = {
  {'lib1 = ctypes.CDLL("./lib.so")', "The first open maps the file, and its constructor runs."},
  {'lib2 = ctypes.CDLL("./lib.so")', "The file is mapped already: the loader only counts, and no constructor runs."},
  {"lib1._handle == lib2._handle", "So both are one library, and a handle is its name."},
  {"lib1.add(20, 22)", "It is mapped: its functions can be called."},
  {"_ctypes.dlclose(lib1._handle)", "One open is given back. The other one keeps the library where it is."},
  {"lib1.add(20, 22)", "The close was one of the handle, not of lib1: what is mapped can be called."},
  {"_ctypes.dlclose(lib1._handle)", "The last open is given back: the destructor runs, and the memory is unmapped."},
  {"lib1.add(20, 22)", "The code is gone. C would crash here; dlsh knows."},
  {"_ctypes.dlclose(lib1._handle)", "One close too many. The loader never gets to see it."},
  {'lib1 = ctypes.CDLL("./lib.so")', "A new loading: mapped anew, initialized anew, counted from one."},
  {"_ctypes.dlclose(lib1._handle)", "And gone again."},
}

-- The opens that are not closed yet, by the shell's own books. They list what is mapped before what has gone.
local function count()
  for _, lib in ipairs(dl.libs()) do
    if lib.name == "./lib.so" then return lib.opens, lib.mapped end
  end
  return 0, false
end

-- Runs a line as the prompt does: as an expression if it is one, and what it gives is printed.
local function run(line)
  local chunk = loadstring("return " .. line) or loadstring(line)
  local results = {pcall(chunk)}
  for i = 2, #results do print(results[i]) end
end

local function walk()
  for _, step in ipairs(steps) do
    local line, why = step[1], step[2]
    print("> " .. line)
    run(line)
    local opens, mapped = count()
    print(("    %d open, %s. %s"):format(opens, mapped and "mapped" or "not mapped", why))
  end
end

-- The temporary folder: os.tmpname gives a name nobody has, along with an empty file, which makes room for the folder.
local folder = os.tmpname()
os.remove(folder)
assert(os.execute("mkdir '" .. folder .. "'") == 0, "cannot make the folder " .. folder)

local function cleanUp()
  os.remove(folder .. "/lib.so")
  os.remove(folder)
end

local compiler = os.getenv("CC") or "cc"
local source = (arg[0]:match("^(.*)/") or ".") .. "/../testdata/lib.c"
if os.execute(("%s -shared -fPIC -o '%s/lib.so' '%s'"):format(compiler, folder, source)) ~= 0 then
  cleanUp()
  io.stderr:write("refcount.lua: " .. compiler .. " could not compile " .. source ..
    "; a C compiler is needed (set CC to one)\n")
  os.exit(1)
end

-- The steps say "./lib.so", so go where it is: chdir is a C function like any other.
ctypes.CDLL(nil).chdir(folder)
local ok, problem = pcall(walk)
cleanUp()
if not ok then error(problem, 0) end
