-- SQLite on a database file, as in sqlite.lua, and nothing declared by hand: sqlite3.h says it all.
--
--     go run . scripts/sqlite_include.lua [FILE]
--
-- Without FILE the database is a temporary one and is removed at the end. A table named metal in FILE is replaced.
-- It needs libsqlite3 and its header on the machine, and no compiler.

local sql = ctypes.include("sqlite3.h", {lib = "sqlite3"})

-- SQLite's own words for what went wrong with a connection.
local function check(db, code)
  if code ~= sql.SQLITE_OK then error("SQLite: " .. sql.sqlite3_errmsg(db), 0) end
end

local function open(path)
  local db = ctypes.typeof("sqlite3 *")()
  check(db, sql.sqlite3_open(path, ctypes.byref(db)))
  return db
end

local function exec(db, text) check(db, sql.sqlite3_exec(db, text, nil, nil, nil)) end

local function prepare(db, text)
  local statement = ctypes.typeof("sqlite3_stmt *")()
  check(db, sql.sqlite3_prepare_v2(db, text, -1, ctypes.byref(statement), nil))
  return statement
end

-- How a column is read, by the type it has in this row.
local read = {
  [sql.SQLITE_INTEGER] = sql.sqlite3_column_int64,
  [sql.SQLITE_FLOAT] = sql.sqlite3_column_double,
  [sql.SQLITE_TEXT] = function(statement, i)
    local address = sql.sqlite3_column_text(statement, i) -- first the text, then its length, as the manual says
    return ctypes.string_at(address, sql.sqlite3_column_bytes(statement, i))
  end,
  [sql.SQLITE_NULL] = function() return nil end,
}

-- The rows of a query, each a table by position and by name: row[1], row.id.
local function query(db, text)
  local statement = prepare(db, text)
  local rows = {}
  while sql.sqlite3_step(statement) == sql.SQLITE_ROW do
    local row = {}
    for i = 0, sql.sqlite3_column_count(statement) - 1 do
      local value = read[sql.sqlite3_column_type(statement, i)](statement, i)
      row[i + 1], row[sql.sqlite3_column_name(statement, i)] = value, value
    end
    table.insert(rows, row)
  end
  check(db, sql.sqlite3_finalize(statement)) -- tells of an error in the last step, too
  return rows
end

local function fill(db)
  exec(db, "DROP TABLE IF EXISTS metal; CREATE TABLE metal (id INTEGER PRIMARY KEY, name TEXT UNIQUE, density REAL)")
  exec(db, "BEGIN")
  local insert = prepare(db, "INSERT INTO metal (id, name, density) VALUES (?, ?, ?)")
  for i = 1, 1000 do
    check(db, sql.sqlite3_bind_int(insert, 1, i))
    local name = "metal no. " .. i
    check(db, sql.sqlite3_bind_text(insert, 2, name, #name, sql.SQLITE_TRANSIENT)) -- which copies the text
    if i % 10 == 0 then
      check(db, sql.sqlite3_bind_null(insert, 3)) -- every tenth was never weighed
    else
      check(db, sql.sqlite3_bind_double(insert, 3, i / 8)) -- exact in binary, so the sum below is too
    end
    local done = sql.sqlite3_step(insert) == sql.SQLITE_DONE
    check(db, sql.sqlite3_reset(insert)) -- ready for the next row; tells of an error in the step, too
    assert(done)
  end
  check(db, sql.sqlite3_finalize(insert))
  exec(db, "COMMIT")
end

-- What stands in the table must be what was put there.
local function verify(db)
  local total = query(db, "SELECT count(*) AS n, count(density) AS weighed, sum(density) AS sum FROM metal")[1]
  print(("%d rows, %d weighed, densities sum to %.3f"):format(total.n, total.weighed, total.sum))
  assert(total.n == 1000 and total.weighed == 900 and total.sum == (500500 - 50500) / 8)
  for i, row in ipairs(query(db, "SELECT id, name, density FROM metal ORDER BY id")) do
    assert(row.id == i and row.name == "metal no. " .. i)
    assert(row.density == (i % 10 ~= 0 and i / 8 or nil))
  end
  assert(sql.sqlite3_last_insert_rowid(db) == 1000)
  print("each row is as it was inserted")
end

local path = arg[1] or os.tmpname()
local db = open(path)
print("sqlite3.h " .. sql.SQLITE_VERSION .. ", libsqlite3 " .. sql.sqlite3_libversion())
local ok, problem = pcall(function()
  fill(db)
  verify(db)
  for _, row in ipairs(query(db, "SELECT * FROM metal WHERE id BETWEEN 8 AND 11")) do
    print(row.id, row.name, row.density)
  end

  -- Errors, in SQLite's words: a name that is taken, and a statement that is no SQL.
  print(select(2, pcall(exec, db, "INSERT INTO metal (name) VALUES ('metal no. 7')")))
  print(select(2, pcall(prepare, db, "SELEKT 1")))
end)
local closed = sql.sqlite3_close(db) -- refused while a statement is not finalized
if not arg[1] then os.remove(path) end
if not ok then error(problem, 0) end
check(db, closed)
print("closed")
