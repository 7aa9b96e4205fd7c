-- The C library's qsort and bsearch with comparisons written in Lua: numbers, words and structs.
--
--     go run . scripts/qsort.lua

local libc = ctypes.CDLL(nil)

-- int (*compare)(const void *, const void *), once for each type of element: a comparison gets pointers it can index.
local function sorter(T)
  local P = ctypes.POINTER(T)
  local Compare = ctypes.CFUNCTYPE("int", P, P)
  -- A library open twice has its functions twice, so each sorter can declare its own.
  local own = ctypes.CDLL(nil)
  own.qsort.argtypes = {P, "size_t", "size_t", Compare}
  own.qsort.restype = nil
  own.bsearch.argtypes = {P, P, "size_t", "size_t", Compare}
  own.bsearch.restype = P
  return Compare, own.qsort, own.bsearch
end

-- Numbers. qsort calls back while it runs and not after, so a plain Lua function will do.
local Compare, qsort, bsearch = sorter(ctypes.c_int)
local calls = 0
local function ascending(a, b)
  calls = calls + 1
  return a[0] - b[0]
end
local numbers = (ctypes.c_int * 10)(33, 7, -5, 99, 0, 12, 7, 1000, -40, 3)
qsort(numbers, #numbers, ctypes.sizeof(ctypes.c_int), ascending)
print(numbers)
assert(calls > 0)
qsort(numbers, #numbers, ctypes.sizeof(ctypes.c_int), function(a, b) return b[0] - a[0] end)
print(numbers)

-- bsearch wants the order that qsort made. A callback can be made once and used for both.
local compare = Compare(ascending)
qsort(numbers, #numbers, ctypes.sizeof(ctypes.c_int), compare)
for _, wanted in ipairs{12, 1000, 13} do
  local found = bsearch(ctypes.c_int(wanted), numbers, #numbers, ctypes.sizeof(ctypes.c_int), compare)
  if found then
    local index = (ctypes.cast(found, "void *").value - ctypes.addressof(numbers)) / ctypes.sizeof(ctypes.c_int)
    print(wanted .. " is at index " .. index)
  else
    print(wanted .. " is not there")
  end
end

-- Words: an array of char *, so each argument is a pointer to one.
local CompareWords, qsort = sorter(ctypes.c_char_p)
local words = (ctypes.c_char_p * 6)("pear", "Apple", "fig", "Banana", "cherry", "date")
qsort(words, #words, ctypes.sizeof(ctypes.c_char_p), function(a, b)
  local x, y = a[0]:lower(), b[0]:lower()
  return x < y and -1 or x > y and 1 or 0
end)
print(table.concat(words:slice(), " "))

-- Structs, by one member and then another.
local City = ctypes.Structure("city", {{"name", ctypes.c_char * 16}, {"country", ctypes.c_char * 4}, {"people", ctypes.c_double}})
local _, qsort = sorter(City)
local cities = (City * 4)(City("Porto", "PT", 0.23), City("Graz", "AT", 0.29), City("Lisbon", "PT", 0.55), City("Linz", "AT", 0.21))
qsort(cities, #cities, ctypes.sizeof(City), function(a, b)
  local x, y = a[0], b[0]
  local p, q = x.country.value, y.country.value
  if p ~= q then return p < q and -1 or 1 end
  return x.people > y.people and -1 or x.people < y.people and 1 or 0
end)
for i = 0, #cities - 1 do print(cities[i].country.value, cities[i].name.value, cities[i].people) end

-- An error in a comparison does not unwind C: qsort sees a zero and goes on, and the error is raised when it returns.
print(pcall(function()
  qsort(cities, 2, ctypes.sizeof(City), function() error("cities cannot be compared", 0) end)
end))
