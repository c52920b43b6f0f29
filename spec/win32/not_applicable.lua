-- Rows that do not apply, and why.
local CHILD = "spec/win32/sections_spec.lua: it needs another process"
local NT = "a call of NT's own, below what is offered"
local PROCESSES = "about other processes, which are not offered"
local LARGE = "about large pages, which are not offered"
local NOT_OFFERED = "the call is not offered: it fails with ERROR_NOT_SUPPORTED"

return {
  [58] = NT, [74] = "calls for store applications are not offered",
  [89] = "needs a system out of memory: spec/region/limits_spec.lua",
  [123] = LARGE,
  [137] = NT, [139] = NT, [140] = NT, [141] = NT, [142] = NT, [143] = NT, [286] = NT, [287] = NT,
  [151] = "the old protection is a result, not a pointer", [165] = LARGE,
  [166] = PROCESSES, [167] = PROCESSES,
  [184] = "the stack of a thread is Windows' own to lay out",
  [185] = NOT_OFFERED, [187] = "about another library, which says itself that it is no oracle",
  [195] = "a Lua file reads through region:load, which faults as every access",
  [196] = NOT_OFFERED, [214] = NOT_OFFERED, [215] = NOT_OFFERED,
  [225] = "results are results, not pointers", [229] = "spec/win32/win32_spec.lua: it needs a file",
  [237] = "about Windows' working set; the limit of locked memory answers the same way",
  [239] = NOT_OFFERED, [241] = NOT_OFFERED,
  [242] = "GetLargePageMinimum says 0, as a Windows without large pages", [247] = LARGE,
  [275] = PROCESSES, [277] = PROCESSES, [278] = PROCESSES, [279] = PROCESSES,
  [289] = "vmem never executes a page",
  [306] = "spec/win32/sections_spec.lua: it needs a full disk",
  [338] = "differs: a view keeps its section's name, as all pages of a section of vmem do",
  [340] = "events are not offered, and have no names that sections could meet",
  [342] = CHILD, [343] = CHILD, [344] = CHILD,
  [373] = "needs two machines, and a disk of one in the other",
  [412] = "needs a system out of memory, and one that charges for copies before they are written",
  [446] = "DeleteFile is not offered; os.remove does as the system does",
  [447] = "spec/win32/sections_spec.lua: another process makes the file shorter",
}
