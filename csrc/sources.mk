# The C files of the module, for each system. What else lists them is compared with this list by
# spec/project/sources_spec.lua.

c_files = $(sort $(wildcard csrc/$(1)/*.c))

UNIX_C := $(addprefix csrc/os/,unix.c unix_descriptor.c unix_guarded.c unix_file.c unix_library.c unix_names.c unix_section.c unix_stack.c unix_usage.c)

OS_C_linux   := $(UNIX_C) $(call c_files,os/linux)
OS_C_posix   := $(UNIX_C) $(addprefix csrc/os/,posix.c posix_limits.c posix_section.c posix_usage.c not_linux.c)
OS_C_windows := $(addprefix csrc/os/,windows.c windows_areas.c windows_attach.c windows_cut.c windows_file.c windows_guarded.c windows_memory.c windows_parts.c windows_piece.c windows_section.c windows_shrink.c windows_usage.c not_linux.c)

OS_C_simulated := $(addprefix csrc/os/,unix_library.c simulated.c simulated_block.c simulated_frames.c simulated_machine.c simulated_memory.c simulated_section.c not_linux.c)

CORE_C := $(call c_files,core)
LUA_C  := $(call c_files,lua)

# $(call module,SYSTEM)
module = $(addprefix csrc/os/,area_list.c move_guarded.c overwrite.c processor.c touch_guarded.c) $(OS_C_$(1)) $(CORE_C) $(LUA_C)
