--- Rows of the list of cases for sections that have no line in rows.lua, and why.
local FILES = "about files: spec/region/file_section_spec.lua, spec/win32"
local CALLS = "about the calls of Windows (CreateFileMapping, MapViewOfFile): spec/win32"
local PLACEHOLDERS = "about placeholders: spec/win32/placeholders.lua and placeholder_views.lua"
local COPY_FLAG = "about PAGE_WRITECOPY: spec/win32; here a copy has the protection rw"

local others = {
  [338] = "differs: an attachment is a holder, so the name stays as long as pages are attached",
  [367] = "differs: attach replaces what pages had (row 505)",
  [401] = "differs: what the section allows counts, and a place has no limit of its own",
  [387] = "differs: decommit detaches (row 509)",
  [422] = "differs: decommit detaches what it is given, in the middle too (row 509)",
  [306] = "spec/region/file_section_spec.lua", [526] = "spec/region/file_section_spec.lua",
  [529] = "spec/region/section_names_spec.lua", [530] = "spec/region/section_names_spec.lua",
  [535] = "spec/region/snapshot_spec.lua", [538] = "spec/trust/soak",
  [539] = "spec/region/atomic_shared_spec.lua", [540] = "spec/region/atomic_spec.lua",
}

local function add(reason, numbers)
  for _, number in ipairs(numbers) do others[number] = reason end
end

add(FILES, { 323, 373, 389, 390, 430, 432, 447 })
add("spec/region/in_page_spec.lua", { 515, 516, 517, 518, 520 })
add(CALLS, {
  311, 312, 313, 314, 315, 317, 318, 319, 320, 321, 324, 335, 336, 337, 340, 353, 376, 382, 383, 384,
  388, 393, 412, 424, 425, 426, 491, 492, 493,
})
add(COPY_FLAG, { 406, 407, 408, 411 })
add(PLACEHOLDERS, {
  453, 454, 455, 456, 458, 459, 460, 461, 462, 464, 465, 466, 467, 468, 470, 471, 472, 473, 474, 476,
  477, 478, 479, 480, 482, 483,
})

return others
