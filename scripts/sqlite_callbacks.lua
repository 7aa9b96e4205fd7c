-- SQLite calling Lua: a row callback of sqlite3_exec, SQL functions written in Lua, an aggregate, and a collation.
--
--     go run . scripts/sqlite_callbacks.lua
--
-- The database is in memory. Whatever SQLite keeps a pointer to is kept in Lua as well, in the table keep: a callback
-- lives as long as Lua holds it.

local name = ctypes.util.find_library("sqlite3") or error("sqlite_callbacks.lua: this machine has no libsqlite3", 0)
local sql = ctypes.CDLL(name)
local T = ctypes.CFUNCTYPE
local Strings = ctypes.POINTER(ctypes.c_char_p)
local Values = ctypes.POINTER(ctypes.c_void_p) -- sqlite3_value **

local SQLITE_OK, SQLITE_ABORT, SQLITE_UTF8, SQLITE_TRANSIENT = 0, 4, 1, -1

-- The types of functions that SQLite calls.
local Row = T("int", "void *", "int", Strings, Strings)                     -- of sqlite3_exec: columns, texts, names
local Function = T(nil, "void *", "int", Values)                            -- context, arguments
local Final = T(nil, "void *")
local Collation = T("int", "void *", "int", "const void *", "int", "const void *")

for fn, types in pairs {
  open                = {"int", "const char *", "void **"},
  close               = {"int", "void *"},
  errmsg              = {"const char *", "void *"},
  exec                = {"int", "void *", "const char *", Row, "void *", "void *"},
  create_function     = {"int", "void *", "const char *", "int", "int", "void *", Function, Function, Final},
  create_collation    = {"int", "void *", "const char *", "int", "void *", Collation},
  aggregate_context   = {"void *", "void *", "int"},
  value_double        = {"double", "void *"},
  value_text          = {"const char *", "void *"},
  result_double       = {nil, "void *", "double"},
  result_text         = {nil, "void *", "const char *", "int", "void *"},
  result_error        = {nil, "void *", "const char *", "int"},
} do
  local f = sql["sqlite3_" .. fn]
  f.restype = types[1]
  f.argtypes = {unpack(types, 2, 9)}
end

local connection = ctypes.c_void_p()
assert(sql.sqlite3_open(":memory:", ctypes.byref(connection)) == SQLITE_OK)
local db = connection.value

local function exec(text, row)
  if sql.sqlite3_exec(db, text, row, nil, nil) ~= SQLITE_OK then
    error("SQLite: " .. sql.sqlite3_errmsg(db), 0)
  end
end

-- query prints the rows of a query. The callback is wanted only while exec runs: a plain function does.
local function query(text)
  exec(text, function(_, n, texts, names)
    local line = {}
    for i = 0, n - 1 do line[#line + 1] = names[i] .. "=" .. tostring(texts[i]) end
    print(table.concat(line, " "))
    return 0
  end)
end

exec("CREATE TABLE planet (name TEXT, radius REAL)")
exec("INSERT INTO planet VALUES ('Mercury', 2439.7), ('venus', 6051.8), ('Earth', 6371.0), ('mars', 3389.5), (NULL, 0)")

print("-- rows")
query("SELECT rowid, name, radius FROM planet WHERE rowid > 3")

-- SQL functions. An error is SQLite's business here: it is caught, and handed over as the statement's.
local keep = {}
local function create(name, parameters, fn)
  local function guarded(context, n, values)
    local args = {}
    for i = 0, n - 1 do args[i + 1] = values[i] end
    local ok, why = pcall(fn, context, unpack(args, 1, n))
    if not ok then sql.sqlite3_result_error(context, tostring(why), -1) end
  end
  keep[name] = Function(guarded)
  assert(sql.sqlite3_create_function(db, name, parameters, SQLITE_UTF8, nil, keep[name], nil, nil) == SQLITE_OK)
end

create("volume", 1, function(context, radius)
  sql.sqlite3_result_double(context, 4 / 3 * math.pi * sql.sqlite3_value_double(radius) ^ 3)
end)
create("capital", 1, function(context, text)
  local s = sql.sqlite3_value_text(text) or error("a name is wanted", 0)
  sql.sqlite3_result_text(context, s:sub(1, 1):upper() .. s:sub(2), -1, SQLITE_TRANSIENT)
end)

print("-- functions")
query("SELECT capital(name) AS name, printf('%.3e', volume(radius)) AS volume FROM planet WHERE name IS NOT NULL")
print(select(2, pcall(query, "SELECT capital(name) FROM planet WHERE name IS NULL")))

-- An aggregate: SQLite gives it memory of its own for each group, zero at first.
local State = ctypes.Structure("state", {{"product", "double"}, {"n", "int"}})
local function state(context)
  return ctypes.cast(sql.sqlite3_aggregate_context(context, ctypes.sizeof(State)), ctypes.POINTER(State))[0]
end
keep.step = Function(function(context, _, values)
  local s = state(context)
  s.product = (s.n == 0 and 1 or s.product) * sql.sqlite3_value_double(values[0])
  s.n = s.n + 1
end)
keep.final = Final(function(context)
  local s = state(context)
  sql.sqlite3_result_double(context, s.product ^ (1 / s.n))
end)
assert(sql.sqlite3_create_function(db, "geometric_mean", 1, SQLITE_UTF8, nil, nil, keep.step, keep.final) == SQLITE_OK)

print("-- an aggregate")
query("SELECT count(*) AS n, printf('%.2f', geometric_mean(radius)) AS mean FROM planet WHERE radius > 0")

-- A collation: the order of names, whatever their case. The texts have lengths and no NUL.
keep.order = Collation(function(_, n, a, m, b)
  local x, y = ctypes.string_at(a, n):lower(), ctypes.string_at(b, m):lower()
  return x < y and -1 or x > y and 1 or 0
end)
assert(sql.sqlite3_create_collation(db, "letters", SQLITE_UTF8, nil, keep.order) == SQLITE_OK)

print("-- a collation")
query("SELECT group_concat(name, ' ') AS names FROM (SELECT name FROM planet WHERE name IS NOT NULL ORDER BY name COLLATE letters)")

-- A row callback that has seen enough returns what is not 0, and one that fails raises its error here.
print("-- ends")
print(sql.sqlite3_exec(db, "SELECT * FROM planet", function() return 1 end, nil, nil) == SQLITE_ABORT)
print(select(2, pcall(exec, "SELECT name FROM planet LIMIT 1", function(_, _, texts) error("no use for " .. texts[0], 0) end)))

assert(sql.sqlite3_close(db) == SQLITE_OK)
print("closed")
