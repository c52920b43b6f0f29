--- Calls on which Wine 8 is known to differ from Windows: they prove nothing. A rule has a name, a reason
--- (rows and points of section 16 are those of the collected cases), and a test of the call. With hides =
--- pattern the call is still made, and only the part of the result that matches the pattern is not compared;
--- with hides = CODE both sides must fail.

local calls = require "calls"
local vmem = require "vmem"
local w32 = require "vmem.win32"

local PAGE <const> = vmem.page_size
local HIGHEST <const> = 0x7FFFFFFEFFFF
local BASES <const> = 0xFF
local EXECUTABLE <const> = 0xF0
local GUARD <const> = w32.PAGE_GUARD
local CACHING <const> = w32.PAGE_NOCACHE | w32.PAGE_WRITECOMBINE
local TARGETS <const> = w32.PAGE_TARGETS_INVALID
local KNOWN <const> = BASES | GUARD | CACHING

local CODE <const> = "^fails ()%d+"

local function has(flags, flag) return flags & flag ~= 0 end

local function is_single(bits) return bits ~= 0 and bits & (bits - 1) == 0 end

local function is_legal_place(call)
  return not math.ult(HIGHEST, call.address) and not math.ult(HIGHEST - call.address + 1, call.size)
end

local function is_free(call) return call.address < 0 or not vmem.at(call.address & -PAGE) end

local function is_past_end(call)
  local region, offset = vmem.at(call.address & -PAGE)
  if not region then return false end
  local bytes = (call.address + call.size + PAGE - 1 & -PAGE) - (call.address & -PAGE)
  return bytes > region.size - offset
end

local function is_commit_only(call)
  return call.op == "A" and has(call.type, w32.MEM_COMMIT) and not has(call.type, w32.MEM_RESERVE)
end

--- Rounded to pages, the size passes 2^64 and is small again.
local function wraps(call)
  return math.ult(call.size + (call.address & PAGE - 1) + PAGE - 1, call.size)
end


local WRITABLE_COPY <const> = w32.PAGE_WRITECOPY | w32.PAGE_EXECUTE_WRITECOPY

--- No protection at all, two, or copy on write. (What modifiers do is for other rules.)
local function is_bad_protection(protect)
  local base = protect & BASES
  return not is_single(base) or has(base, WRITABLE_COPY)
end

--- What VirtualQuery says of the page of a call, if it is reserved or committed.
local function information(call)
  local info = not is_free(call) and w32.VirtualQuery(call.address)
  return info or { AllocationProtect = 0, Protect = 0, State = w32.MEM_FREE }
end

local ACCESSES <const> = { M = true, B = true, Z = true }

--- Whether what VirtualQuery says of a page that a call reads or writes passes a test.
local function is_any_page(call, test)
  if not ACCESSES[call.op] then return false end
  return test(w32.VirtualQuery(call.address))
    or call.source ~= nil and test(w32.VirtualQuery(calls.base(call.slot) + call.source))
end

local function is_execute_only(info)
  return info.State == w32.MEM_COMMIT and info.Protect & BASES == w32.PAGE_EXECUTE
end

local function is_reserved(info) return info.State == w32.MEM_RESERVE end

--- Whether a call is about pages that are copied when they are written, or is to make them so.
local function is_of_copies(call)
  if call.address < 0 then return false end
  local info = w32.VirtualQuery(call.address)
  if not info or info.Type ~= w32.MEM_MAPPED then return false end
  return has(info.AllocationProtect | info.Protect | (call.protect or 0), WRITABLE_COPY)
end

local rules = {
  {
    name = "flush_free", why = "row 430: no view: Windows 487, Wine 87", hides = CODE,
    applies = function(call) return call.op == "L" and is_free(call) end,
  },
  {
    name = "flush_unaligned", why = "row 431: Wine counts the size from the page's beginning",
    applies = function(call) return call.op == "L" and call.address % PAGE ~= 0 and call.size ~= 0 end,
  },
  {
    name = "copies_made", why = "row 411: Wine does not say that such a page has been written",
    applies = function(call)
      return (call.op == "P" or is_commit_only(call)) and call.protect & BASES & WRITABLE_COPY ~= 0
        and is_of_copies(call)
    end,
  },
  {
    name = "query_copies", why = "row 407: nor of a view of copies",
    hides = { " protect=()%x+", " size=()%x+" },
    applies = function(call) return call.op == "Q" and is_of_copies(call) end,
  },
  {
    name = "protect_copies", why = "row 408: nor in the old protection", hides = "^ok ()%x+",
    applies = function(call) return call.op == "P" and is_of_copies(call) end,
  },
  {
    name = "free_placeholder", why = "row 464: Wine 8 has no placeholders", hides = CODE,
    applies = function(call)
      return call.op == "F" and (call.type == w32.MEM_RELEASE | w32.MEM_PRESERVE_PLACEHOLDER
        or call.type == w32.MEM_RELEASE | w32.MEM_COALESCE_PLACEHOLDERS)
    end,
  },
  {
    name = "flush_private", why = "row 430: Wine flushes private memory, too",
    applies = function(call)
      return call.op == "L" and not is_free(call)
        and w32.VirtualQuery(call.address).Type ~= w32.MEM_MAPPED
    end,
  },
  {
    name = "execute_only", why = "whether such a page can be read is the processor's business",
    applies = function(call) return is_any_page(call, is_execute_only) end,
  },
  {
    name = "reserved_guard", why = "to Wine a page that was a guard when it was committed still is one",
    hides = "^faults ()%x+",
    applies = function(call) return is_any_page(call, is_reserved) end,
  },
  {
    name = "size_wraps", why = "16.4: Wine rounds first, and acts on the whole allocation",
    applies = function(call) return (call.op == "F" or call.op == "P") and wraps(call) end,
  },
  {
    name = "free_below_64k", why = "row 113: Windows has nothing there, Wine an area of its own",
    applies = function(call) return call.op == "F" and call.address >= 0 and call.address < 0x10000 end,
  },
  {
    name = "free_unallocated", why = "16.1, row 112: Windows 487, Wine 8 87", hides = CODE,
    applies = function(call)
      return call.op == "F" and is_legal_place(call) and is_free(call)
        and (call.type == w32.MEM_DECOMMIT or call.type == w32.MEM_RELEASE and call.size == 0)
    end,
  },
  {
    name = "protect_size_0", why = "16.3, row 152: Windows 87, Wine succeeds",
    applies = function(call) return call.op == "P" and call.size == 0 end,
  },
  {
    name = "protect_outside", why = "16.2, rows 154, 155: free or past the end: Windows 487, Wine 87",
    hides = CODE,
    applies = function(call)
      return call.op == "P" and is_legal_place(call) and (is_free(call) or is_past_end(call))
    end,
  },
  {
    name = "type_physical", why = "16.7: Windows has it, Wine 8 does not",
    applies = function(call) return call.op == "A" and has(call.type, w32.MEM_PHYSICAL) end,
  },
  {
    name = "type_undo_or_large", why = "Wine 8 knows neither MEM_RESET_UNDO nor MEM_LARGE_PAGES",
    applies = function(call)
      return call.op == "A" and has(call.type, w32.MEM_RESET_UNDO | w32.MEM_LARGE_PAGES)
    end,
  },
  {
    name = "type_watch_alone", why = "16.6, row 40: WRITE_WATCH without RESERVE: Windows 87",
    applies = function(call)
      return call.op == "A" and has(call.type, w32.MEM_WRITE_WATCH) and not has(call.type, w32.MEM_RESERVE)
    end,
  },
  {
    name = "type_reset_combined", why = "16.6, row 43: RESET with other types: Windows 87",
    applies = function(call)
      return call.op == "A" and has(call.type, w32.MEM_RESET) and call.type ~= w32.MEM_RESET
    end,
  },
  {
    name = "protection_unknown_bits", why = "16.5, rows 68, 69: Windows 87, Wine ignores them",
    applies = function(call)
      if not call.protect or not has(call.protect, ~KNOWN) then return false end
      return has(call.protect, ~(KNOWN | TARGETS)) or not has(call.protect, EXECUTABLE)
    end,
  },
  {
    name = "protection_modifiers", why = "16.5, rows 64, 65, 67: two, or with NOACCESS: Windows 87",
    applies = function(call)
      local modifiers = call.protect and call.protect & (GUARD | CACHING) or 0
      return modifiers ~= 0 and (not is_single(modifiers) or has(call.protect, w32.PAGE_NOACCESS))
    end,
  },
  {
    name = "dos_area", why = "to Wine alone, address 1 with 0x110000 bytes means the area of DOS programs",
    applies = function(call)
      return call.op == "A" and call.address == 1 and (1 + call.size + 0xfff) & ~0xfff == 0x110000
    end,
  },
  {
    name = "reset_anywhere", why = "row 205: refused here, Wine reserves",
    applies = function(call)
      return call.op == "A" and call.type == w32.MEM_RESET and call.address == 0
    end,
  },
  {
    name = "reset_part", why = "16.10: a page only in part keeps its contents here, Wine resets it",
    applies = function(call)
      return call.op == "A" and call.type == w32.MEM_RESET and (call.address | call.size) % PAGE ~= 0
    end,
  },
  {
    name = "reset_bad_protection", why = "16.10, row 57: Windows looks at it, Wine does not",
    applies = function(call)
      return call.op == "A" and call.type == w32.MEM_RESET and is_bad_protection(call.protect)
    end,
  },
  {
    name = "bad_protection_and_place", why = "rows 57, 291: Windows judges the protection first",
    hides = CODE,
    applies = function(call)
      return (call.op == "P" or is_commit_only(call)) and is_bad_protection(call.protect)
    end,
  },
  {
    name = "query_writecombine", why = "row 71: of the allocation, as NOCACHE; Wine ignores it",
    hides = { " allocation_protect=()%x+", " protect=()%x+" },
    applies = function(call)
      return call.op == "Q" and has(information(call).AllocationProtect, w32.PAGE_WRITECOMBINE)
    end,
  },
  {
    name = "protect_writecombine", why = "the same, in the old protection", hides = "^ok ()%x+",
    applies = function(call)
      return call.op == "P" and has(information(call).AllocationProtect, w32.PAGE_WRITECOMBINE)
    end,
  },
  {
    name = "query_nocache_noaccess", why = "row 65: no NOACCESS|NOCACHE, which Wine shows",
    hides = " protect=()%x+",
    applies = function(call)
      local info = information(call)
      return call.op == "Q" and info.Protect == w32.PAGE_NOACCESS
        and has(info.AllocationProtect, w32.PAGE_NOCACHE)
    end,
  },
  {
    name = "protect_nocache_noaccess", why = "the same, in the old protection", hides = "^ok ()%x+",
    applies = function(call)
      local info = information(call)
      return call.op == "P" and info.Protect == w32.PAGE_NOACCESS
        and has(info.AllocationProtect, w32.PAGE_NOCACHE)
    end,
  },
}

--- The rule that leaves out a call that is about to be made, if there is one, or else those that hide
--- something of its answer.
function rules.judge(call)
  local hiding = {}
  for _, rule in ipairs(rules) do
    if rule.applies(call) then
      if not rule.hides then return rule end
      hiding[#hiding + 1] = rule
    end
  end
  return nil, hiding
end

--- The result without the part that a rule hides.
function rules.hide(rule, answer)
  local patterns = rule.hides
  for _, pattern in ipairs(type(patterns) == "table" and patterns or { patterns }) do
    local from, to, at = answer:find(pattern)
    if from then answer = answer:sub(1, at - 1) .. "*" .. answer:sub(to + 1) end
  end
  return answer
end

return rules
