# Windows: cross-built with mingw-w64, run under Wine.

.PHONY: tools-windows test-windows run-windows differential

WIN      := build/windows
MINGW    := x86_64-w64-mingw32-gcc
OBJDUMP  := x86_64-w64-mingw32-objdump
WIN_LUA  := $(WIN)/lua/src
WIN_C    := $(call module,windows)
WINE     := WINEDEBUG=-all WINEPREFIX=$(CURDIR)/$(WIN)/wine wine
WIN_PATH := ./lua/?.lua;./lua/?/init.lua;./command/?.lua;./spec/support/?.lua;./spec/trust/?.lua;./spec/?.lua;/usr/share/lua/5.4/?.lua;/usr/share/lua/5.4/?/init.lua

tools-windows: tools-test
	$(call need,$(MINGW) wine,gcc-mingw-w64-x86-64 wine wine64)

# Where the sources cannot be downloaded, a line says that Windows was not tested.
test-windows: tools-windows ## cross-build, and run the specs under Wine
	@if tools/lua-source $(WIN); then $(MAKE) -s run-windows; else \
	  echo "windows: NOT TESTED: the source of Debian's lua5.4 cannot be had"; fi

run-windows: $(WIN)/lua.exe $(WIN)/vmem/core.dll $(WIN)/foreign.dll $(WIN)/beaten.exe $(WIN)/lost.exe
	@tools/refuses-32-bit "$(MINGW) -m32 -I$(WIN_LUA)" $(WIN_C)
	@test "$$($(OBJDUMP) -p $(WIN)/vmem/core.dll | sed -n '/Name Pointer/,/^$$/s/^.*\[ *[0-9][0-9]*\] *//p')" = \
	  luaopen_vmem_core || { echo "core.dll exports more than luaopen_vmem_core, or not that"; exit 1; }
	@$(WINE) $(WIN)/beaten.exe
	@$(WINE) $(WIN)/lost.exe
	LUA_INIT_5_4= LUA_PATH_5_4='$(WIN_PATH)' LUA_CPATH_5_4='./$(WIN)/?.dll' $(WINE) $(WIN)/lua.exe spec/support/run.lua $(SPECS)

differential: tools-build tools-windows ## random calls, native under Wine and vmem.win32 here, compared
	@$(MAKE) -s all
	@spec/trust/differential/run

$(WIN)/foreign.dll: spec/support/c/foreign.c $(WIN)/lua54.dll
	@echo "  cc $@"
	@$(MINGW) $(CSTD) $(WARNINGS) $(CFLAGS) -DLUA_BUILD_AS_DLL -I$(WIN_LUA) -shared -static-libgcc -o $@ $^

# It has the parts of the system's file in itself whose calls it replaces.
BEATEN := $(filter-out $(addprefix %/windows_,attach.c cut.c parts.c piece.c shrink.c),$(filter csrc/os/%,$(WIN_C)))
$(WIN)/beaten.exe: spec/trust/windows/beaten.c $(WIN_C) $(wildcard csrc/os/*.h)
	@echo "  cc $@"
	@$(MINGW) $(CSTD) $(WARNINGS) $(CFLAGS) -Icsrc -static-libgcc -o $@ $< $(BEATEN)

$(WIN)/lost.exe: spec/trust/windows/lost.c csrc/os/windows_guarded.c $(wildcard csrc/os/*.h)
	@echo "  cc $@"
	@$(MINGW) $(CSTD) $(WARNINGS) $(CFLAGS) -Icsrc -static-libgcc -o $@ $(filter %.c,$^)

$(WIN)/lua54.dll: | $(WIN_LUA)
	@echo "  cc $@"
	@$(MINGW) -O2 -DLUA_BUILD_AS_DLL -shared -static-libgcc -o $@ $(filter-out %/lua.c %/luac.c,$(wildcard $(WIN_LUA)/*.c))

$(WIN)/lua.exe: $(WIN)/lua54.dll
	@echo "  cc $@"
	@$(MINGW) -O2 -DLUA_BUILD_AS_DLL -static-libgcc -o $@ $(WIN_LUA)/lua.c $<

$(WIN)/vmem/core.dll: $(WIN_C) $(wildcard csrc/*/*.h) $(WIN)/lua54.dll
	@mkdir -p $(@D)
	@echo "  cc $@"
	@$(MINGW) $(CSTD) $(WARNINGS) $(CFLAGS) -DLUA_BUILD_AS_DLL -Icsrc -I$(WIN_LUA) -shared -static-libgcc -o $@ $(WIN_C) $(WIN)/lua54.dll
