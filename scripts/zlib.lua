-- zlib on a real file: checksums, compression, and the way back, checked byte for byte.
--
--     go run . scripts/zlib.lua [FILE]
--
-- Without FILE it works on itself. It needs libz on the machine, and no header: the declarations below are what
-- zlib.h says, with uLong as "unsigned long" and Bytef * as "unsigned char *". zlib_include.lua has the header say it.

local name = ctypes.util.find_library("z") or error("zlib.lua: this machine has no libz", 0)
local z = ctypes.CDLL(name)

z.zlibVersion.argtypes, z.zlibVersion.restype = {}, "const char *"
z.zError.argtypes, z.zError.restype = {"int"}, "const char *"
z.crc32.argtypes, z.crc32.restype = {"unsigned long", "const unsigned char *", "unsigned int"}, "unsigned long"
z.adler32.argtypes, z.adler32.restype = z.crc32.argtypes, "unsigned long"
z.compressBound.argtypes, z.compressBound.restype = {"unsigned long"}, "unsigned long"
z.compress2.argtypes = {"unsigned char *", "unsigned long *", "const unsigned char *", "unsigned long", "int"}
z.uncompress.argtypes = {"unsigned char *", "unsigned long *", "const unsigned char *", "unsigned long"}

-- Both give a code that is 0 when all went well. errcheck looks at every result, so no caller can forget to.
local function check(code, fn)
  if code ~= 0 then error(fn.name .. ": " .. z.zError(code), 0) end
  return code
end
z.compress2.errcheck = check
z.uncompress.errcheck = check

-- Compresses a string. The size parameter works both ways: in, the room there is; out, the room it took.
local function compress(data, level)
  local size = ctypes.c_ulong(z.compressBound(#data))
  local out = ctypes.create_string_buffer(size.value)
  z.compress2(out, ctypes.byref(size), data, #data, level)
  return out:slice(0, size.value)
end

-- Uncompresses a string into at most room bytes.
local function uncompress(data, room)
  local size = ctypes.c_ulong(room)
  local out = ctypes.create_string_buffer(room)
  z.uncompress(out, ctypes.byref(size), data, #data)
  return out:slice(0, size.value)
end

local path = arg[1] or arg[0]
local file = assert(io.open(path, "rb"))
local data = file:read("*a")
file:close()

print(name .. ", zlib " .. z.zlibVersion())
print(path .. ": " .. #data .. " bytes")
-- Checksums start from what an empty string gives; a NULL says that it is wanted.
print(("crc32   %08x"):format(z.crc32(z.crc32(0, nil, 0), data, #data)))
print(("adler32 %08x"):format(z.adler32(z.adler32(0, nil, 0), data, #data)))

for _, level in ipairs {1, 6, 9} do
  local packed = compress(data, level)
  assert(uncompress(packed, #data) == data, "level " .. level .. ": what came back differs")
  print(("level %d: %d bytes, and back again: the same"):format(level, #packed))
end

-- What zlib says of data that is cut short, of data that is no data, and of too little room.
local text = ("all work and no play "):rep(100)
local packed = compress(text, 9)
print("errors:")
print(select(2, pcall(uncompress, packed:sub(1, -10), #text)))
print(select(2, pcall(uncompress, "this was never compressed", #text)))
print(select(2, pcall(uncompress, packed, 20)))
