--- Source lines of the scripts in a recording, read from their files where that is safe.
---
--- A script chooses what load calls a chunk: "@/etc/passwd", a pipe, a device. So a file is only read if it
--- is a regular one and not too large. Its lines are only given if it is Lua, and what it compiles to has the
--- function that was running when the recording first met the name: as it was when it was loaded.

local compiled = require "vmem.recorder.compiled"
local core = require("vmem.core").recorder

local lines = {}

local LARGEST <const> = 4 << 20 -- bytes of a file
local MOST <const> = 5000 -- lines of a script that is shown whole

--- The text of a file, or nil. What is no regular file is not even opened: opening a pipe may wait forever.
local function text_of(path)
  local size = core.file_size(path)
  if size < 1 or size > LARGEST then return nil end
  local file <close> = io.open(path, "rb")
  return file and file:read(size)
end

--- The text without what loadfile ignores: a mark in front, and a first line for the shell.
local function without_head(text)
  return (text:gsub("^\xef\xbb\xbf", ""):gsub("^#[^\n]*", ""))
end

--- Whether the text is Lua and has the function.
local function has(text, source, code)
  local chunk = load(without_head(text), source, "t", {})
  return chunk ~= nil and compiled.has(string.dump(chunk), code)
end

--- The lines of source `i`, a list of { number, text }: all, or of a long script those that are wanted.
---@param handle userdata what the core has of a recording
---@param i integer
---@param wanted table<integer, boolean>
---@return { [1]: integer, [2]: string }[]
function lines.of(handle, i, wanted)
  local source, code, found = core.source(handle, i), core.func(handle, i), {}
  local path = source:match "^@(.*)"
  local text = path and code and text_of(path)
  if not text or not has(text, source, code) then return found end
  text = text:sub(-1) == "\n" and text or text .. "\n"
  local number, whole = 0, select(2, text:gsub("\n", "")) <= MOST
  for line in text:gmatch "([^\n]*)\n" do
    number = number + 1
    if whole or wanted[number] then found[#found + 1] = { number, (line:gsub("\r$", "")) } end
  end
  return found
end

return lines
