--- Runs before the specs, in their process: raises an error unless that is in the environment.

local number = assert(tonumber(os.getenv "VMEM_ENVIRONMENT"))
dofile "spec/trust/environments/list.lua"[number].prove()
