-- zlib on a real file, as in zlib.lua, and nothing declared by hand: zlib.h says it all.
--
--     go run . scripts/zlib_include.lua [FILE]
--
-- Without FILE it works on itself. It needs libz and its header on the machine, and no compiler.

local z = ctypes.include("zlib.h", {lib = "z"})

-- Both give a code. errcheck looks at every result, so no caller can forget to.
local function check(code, fn)
  if code ~= z.Z_OK then error(fn.name .. ": " .. z.zError(code), 0) end
  return code
end
z.compress2.errcheck = check
z.uncompress.errcheck = check

-- Compresses a string. The size parameter works both ways: in, the room there is; out, the room it took.
local function compress(data, level)
  local size = z.uLongf(z.compressBound(#data))
  local out = ctypes.create_string_buffer(size.value)
  z.compress2(out, ctypes.byref(size), data, #data, level)
  return out:slice(0, size.value)
end

-- Uncompresses a string into at most room bytes.
local function uncompress(data, room)
  local size = z.uLongf(room)
  local out = ctypes.create_string_buffer(room)
  z.uncompress(out, ctypes.byref(size), data, #data)
  return out:slice(0, size.value)
end

local path = arg[1] or arg[0]
local file = assert(io.open(path, "rb"))
local data = file:read("*a")
file:close()

print("zlib.h " .. z.ZLIB_VERSION .. ", zlib " .. z.zlibVersion())
print(path .. ": " .. #data .. " bytes")
-- Checksums start from what an empty string gives; a NULL says that it is wanted.
print(("crc32   %08x"):format(z.crc32(z.crc32(0, nil, 0), data, #data)))
print(("adler32 %08x"):format(z.adler32(z.adler32(0, nil, 0), data, #data)))

for _, level in ipairs {z.Z_BEST_SPEED, 6, z.Z_BEST_COMPRESSION} do
  local packed = compress(data, level)
  assert(uncompress(packed, #data) == data, "level " .. level .. ": what came back differs")
  print(("level %d: %d bytes, and back again: the same"):format(level, #packed))
end

-- What zlib says of data that is cut short, of data that is no data, and of too little room.
local text = ("all work and no play "):rep(100)
local packed = compress(text, z.Z_BEST_COMPRESSION)
print("errors:")
print(select(2, pcall(uncompress, packed:sub(1, -10), #text)))
print(select(2, pcall(uncompress, "this was never compressed", #text)))
print(select(2, pcall(uncompress, packed, 20)))
