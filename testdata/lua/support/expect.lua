-- This file defines what the Lua tests are written in: test, same, prints, fails.

-- test runs one test and says how it went. It gives true when all was well.
function test(title, fn)
  local ok, why = xpcall(fn, function(e) return tostring(e) .. "\n" .. debug.traceback() end)
  if ok then
    print("ok - " .. title)
  else
    print("not ok - " .. title .. " # " .. why:gsub("\n", "\\n"))
  end
  return ok
end

local function show(x)
  if type(x) == "string" then return string.format("%q", #x > 80 and x:sub(1, 80) .. "..." or x) end
  return tostring(x)
end

-- same wants two values to be equal; tables by what is in their list.
function same(got, want)
  if type(got) == "table" and type(want) == "table" then
    same(#got, #want)
    for i = 1, #want do same(got[i], want[i]) end
    return
  end
  if got ~= want and not (got ~= got and want ~= want) then
    error("got " .. show(got) .. ", want " .. show(want), 2)
  end
end

-- prints wants a value to print as text.
function prints(x, text)
  if tostring(x) ~= text then error("prints as " .. tostring(x) .. ", want " .. text, 2) end
end

-- fails wants fn(...) to raise an error of a kind, with a text in its message.
-- The kind "" is a plain Lua error.
function fails(kind, text, fn, ...)
  local ok, e = pcall(fn, ...)
  if ok then error("no error, want " .. kind .. ": " .. text, 2) end
  local got = type(e) == "table" and e.kind or ""
  if got ~= kind or not tostring(e):find(text, 1, true) then
    error("the error is " .. tostring(e) .. ", want " .. kind .. ": " .. text, 2)
  end
end

-- put is p[i] = x, and get is p[i], as functions, for fails.
function put(p, i, x) p[i] = x end
function get(p, i) return p[i] end

-- file makes a file in the folder of the test, which goes away with it.
function file(name, bytes)
  local f = assert(io.open(name, "wb"))
  f:write(bytes)
  f:close()
  return "./" .. name
end

-- content is all that is in a file.
function content(path)
  local f = assert(io.open(path, "rb"))
  local bytes = f:read("*a")
  f:close()
  return bytes
end

-- copy makes another file of a library, the probe or the one at path: to the loader, another library.
function copy(name, path) return file(name, content(path or probe_path)) end
