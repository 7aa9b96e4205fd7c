-- This file defines said: what dlsh writes to stderr.

-- said calls fn and gives what was written to stderr meanwhile.
function said(fn, ...)
  local libc = ctypes.CDLL(nil, {debug_info = false})
  local out, kept = libc.open(file("said", ""), 1), libc.dup(2) -- 1 is O_WRONLY
  libc.dup2(out, 2)
  local ok, why = pcall(fn, ...)
  libc.dup2(kept, 2)
  libc.close(out)
  libc.close(kept)
  if not ok then error(why, 0) end
  return content("said")
end

-- says wants fn(...) to write a text to stderr; "%" stands for whatever is there.
function says(text, fn, ...)
  local got = said(fn, ...)
  local pattern = "^" .. text:gsub("%p", "%%%0"):gsub("%%%%", ".-") .. "$"
  if not got:find(pattern) then error("stderr has:\n" .. got .. "want:\n" .. text, 2) end
end
