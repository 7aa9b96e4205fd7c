-- Expat parsing XML and calling Lua for every start, end and piece of text.
--
--     go run . scripts/expat.lua [FILE]
--
-- Without FILE it parses a document of its own. It needs libexpat on the machine, and no header.

local name = ctypes.util.find_library("expat") or error("expat.lua: this machine has no libexpat", 0)
local expat = ctypes.CDLL(name)
local T = ctypes.CFUNCTYPE

local Start = T(nil, "void *", "const char *", ctypes.POINTER(ctypes.c_char_p)) -- user data, name, attributes
local End = T(nil, "void *", "const char *")
local Text = T(nil, "void *", "const void *", "int")                            -- the text has no NUL

for fn, types in pairs {
  ParserCreate            = {"void *", "const char *"},
  ParserFree              = {nil, "void *"},
  SetElementHandler       = {nil, "void *", Start, End},
  SetCharacterDataHandler = {nil, "void *", Text},
  Parse                   = {"int", "void *", "const char *", "int", "int"},
  GetErrorCode            = {"int", "void *"},
  ErrorString             = {"const char *", "int"},
  GetCurrentLineNumber    = {"unsigned long", "void *"},
  StopParser              = {"int", "void *", "unsigned char"},
} do
  local f = expat["XML_" .. fn]
  f.restype = types[1]
  f.argtypes = {unpack(types, 2, 5)}
end

-- parse goes through a document in pieces, as if it came from a socket, and gives what the handlers return at its end.
local function parse(document, handlers)
  local parser = expat.XML_ParserCreate("UTF-8") or error("no memory for a parser", 0)
  -- Expat calls these until the parser is freed, so the variables must live as long: they do, until parse returns.
  local start = Start(function(_, tag, list)
    local attributes = {}
    local i = 0
    while list[i] do -- name, value, name, value, NULL
      attributes[#attributes + 1] = list[i] .. "=" .. list[i + 1]
      i = i + 2
    end
    handlers.start(tag, attributes)
  end)
  local stop = End(function(_, tag) handlers.stop(tag) end)
  local text = Text(function(_, address, n) handlers.text(ctypes.string_at(address, n)) end)
  expat.XML_SetElementHandler(parser, start, stop)
  expat.XML_SetCharacterDataHandler(parser, text)
  local ok, why = pcall(function()
    local size = 100
    for from = 1, math.max(1, #document), size do
      local piece = document:sub(from, from + size - 1)
      if expat.XML_Parse(parser, piece, #piece, from + size > #document and 1 or 0) == 0 then
        error("line " .. expat.XML_GetCurrentLineNumber(parser) .. ": " .. expat.XML_ErrorString(expat.XML_GetErrorCode(parser)), 0)
      end
    end
  end)
  expat.XML_ParserFree(parser)
  if not ok then error(why, 0) end
end

-- outline prints the elements of a document, each under the one it is in, with their text.
local function outline(document)
  local depth, texts, elements = 0, {}, 0
  local function flush()
    local text = table.concat(texts):gsub("%s+", " "):gsub("^ ", ""):gsub(" $", "")
    if text ~= "" then print(("  "):rep(depth) .. '"' .. text .. '"') end
    texts = {}
  end
  parse(document, {
    start = function(tag, attributes)
      flush()
      print(("  "):rep(depth) .. table.concat({tag, unpack(attributes)}, " "))
      depth, elements = depth + 1, elements + 1
    end,
    stop = function()
      flush()
      depth = depth - 1
    end,
    text = function(text) texts[#texts + 1] = text end, -- one text may come in several pieces
  })
  print(elements .. " elements")
end

local document = [[
<?xml version="1.0" encoding="UTF-8"?>
<!-- Two poems' worth of structure. -->
<library city="Wien" open="yes">
  <book id="1" lang="de">
    <title>Der Prozess</title>
    <year>1925</year>
  </book>
  <book id="2" lang="pt">
    <title>Os Maias &amp; c&#xB0;</title>
    <year>1888</year>
    <sold/>
  </book>
</library>
]]

if arg[1] then
  local f = assert(io.open(arg[1], "rb"))
  document = f:read("*a")
  f:close()
end
outline(document)

if not arg[1] then
  -- What is wrong with a document is said in Expat's words, and an error in a handler comes through Expat as it is.
  print(select(2, pcall(outline, "<a><b></a>")))
  local function refuse() error("this element is not wanted", 0) end
  print((select(2, pcall(parse, "<a/>", {start = refuse, stop = print, text = print})):gsub("callback .*:%d+", "a callback")))
end
