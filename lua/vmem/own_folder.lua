--- Registers lua/vmem as the folder of vmem's own files, so that an error names the script's line and not one
--- of vmem's. It lies in that folder because core.own_file registers the folder of the file that calls it.

require("vmem.core").own_file()

return true
