--- The MEM_EXTENDED_PARAMETERs of a call. MEM_ADDRESS_REQUIREMENTS are the ones that do something here.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local checks = require "vmem.internal.checks"
local vmem = require "vmem"

local GRANULE <const> = vmem.allocation_granularity

local requirements = {}

local FIELDS <const> = { LowestStartingAddress = true, HighestEndingAddress = true, Alignment = true }

--- Options for vmem.reserve; nil where a field is wrong. A name that C does not know does not compile there.
local function judge(wanted, address)
  for name in pairs(wanted) do
    if not FIELDS[name] then
      checks.raise("MEM_ADDRESS_REQUIREMENTS has no field '%s'; it has Alignment, HighestEndingAddress and "
        .. "LowestStartingAddress", tostring(name))
    end
  end
  local lowest, highest = wanted.LowestStartingAddress or 0, wanted.HighestEndingAddress or 0
  local alignment = wanted.Alignment or 0
  for _, value in ipairs { lowest, highest, alignment } do
    if math.type(value) ~= "integer" then return nil end
  end
  if lowest | highest | alignment == 0 then return {} end
  if address ~= 0 or lowest % GRANULE ~= 0 then return nil end
  if alignment & (alignment - 1) ~= 0 or alignment ~= 0 and math.ult(alignment, GRANULE) then return nil end
  if highest ~= 0 and ((highest + 1) % vmem.page_size ~= 0 or lowest > highest) then return nil end
  if arguments.is_too_high(lowest) or arguments.is_too_high(highest) then return nil end
  return {
    alignment = alignment ~= 0 and alignment or nil, lowest = lowest ~= 0 and lowest or nil,
    highest = highest ~= 0 and highest or nil,
  }
end

--- The error of a parameter by itself, or nil.
local function judge_type(parameter, seen)
  local kind = type(parameter) == "table" and parameter.Type
  if math.type(kind) ~= "integer" or kind <= C.MemExtendedParameterInvalidType
    or kind >= C.MemExtendedParameterMax or seen[kind] then
    return C.ERROR_INVALID_PARAMETER
  end
  if kind == C.MemExtendedParameterAddressRequirements then
    return type(parameter.Pointer) ~= "table" and C.ERROR_INVALID_PARAMETER or nil
  end
  return kind ~= C.MemExtendedParameterNumaNode and C.ERROR_NOT_SUPPORTED or nil -- a node is a hint
end

--- What the parameters say of the call's place, as options for vmem.reserve.
---@param parameters table? one parameter, or a list of them: tables with Type and Pointer
---@param count integer? how many count. Default: all
---@param address integer that the call names; 0: none
---@return table? options nil for an error
---@return integer? code
function requirements.read(parameters, count, address)
  if parameters ~= nil and type(parameters) ~= "table" then return nil, C.ERROR_INVALID_PARAMETER end
  local list = parameters or {}
  if list.Type or list.Pointer then list = { list } end
  local options, seen = {}, {}
  for i = 1, count or #list do
    local problem = judge_type(list[i], seen)
    if problem then return nil, problem end
    local kind = list[i].Type
    seen[kind] = true
    if kind == C.MemExtendedParameterAddressRequirements then options = judge(list[i].Pointer, address) end
    if not options then return nil, C.ERROR_INVALID_PARAMETER end
  end
  return options
end

return requirements
