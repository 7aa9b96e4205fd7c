-- This file defines what the tests of CPython's _ctypes_test are written in: drive, printed, close_to.

-- Of Python's symbols lazy opening asks for the variables only. Up to CPython 3.12 that is None.
ctypes.CDLL(none_path, ctypes.RTLD_GLOBAL)

-- drive runs a test of the functions and variables named, with the library as its argument, opened
-- afresh so that no declaration is left over from another test. Where the library lacks one of them the
-- test is skipped, unless it must be there: from CPython 3.<since> on, which is every version when
-- nothing is said. since = gone is for what only old versions have.
gone = math.huge
function drive(names, title, fn, since)
  local lib = ctypes.CDLL(library_path, {mode = ctypes.RTLD_LAZY, debug_info = false}) -- as ctypes has it
  for name in names:gmatch("%S+") do
    if not pcall(get, lib, name) then
      if tonumber(python_minor) >= (since or 0) then
        print("not ok - " .. title .. " # " .. name .. " is missing")
      else
        print("skip - " .. title .. " # CPython 3." .. python_minor .. " has no " .. name)
      end
      return
    end
  end
  if test(title, function() fn(lib) end) then
    for name in names:gmatch("%S+") do print("drove - " .. name) end
  end
end

-- printed calls fn and gives what C wrote to its stdout meanwhile.
function printed(fn)
  local libc = ctypes.CDLL(nil)
  libc.fflush(nil)
  local out, kept = libc.open(file("printed", ""), 1), libc.dup(1) -- 1 is O_WRONLY
  libc.dup2(out, 1)
  local ok, why = pcall(fn)
  libc.fflush(nil)
  libc.dup2(kept, 1)
  libc.close(out)
  libc.close(kept)
  if not ok then error(why, 0) end
  return content("printed")
end

-- close_to wants two numbers to be equal but for what a float loses.
function close_to(got, want)
  if type(got) ~= "number" then got = got:tonumber(true) end -- a long double that no double is
  if not (math.abs(got - want) < 1e-6) then error("got " .. got .. ", want about " .. want, 2) end
end
