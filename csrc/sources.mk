# The C files of the module without their ending, for each system. What else lists them is compared with this
# list by spec/project/sources_spec.lua.

named = $(patsubst csrc/%.c,%,$(sort $(wildcard csrc/$(1)/*.c)))

UNIX_C := os/unix os/unix_descriptor os/unix_stack

OS_C_linux   := $(UNIX_C) $(call named,os/linux)
OS_C_posix   := $(UNIX_C) os/posix os/posix_limits os/not_linux
OS_C_windows := os/windows os/not_linux

CORE_C := $(call named,core)
LUA_C  := $(call named,lua)

# $(call module,SYSTEM)
module = os/area_list os/overwrite $(OS_C_$(1)) $(CORE_C) $(LUA_C)
