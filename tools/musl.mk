# musl, the C library of Alpine Linux: Lua and the module built with musl-gcc, and the specs run on them.

.PHONY: tools-musl test-musl run-musl

MUSL     := build/musl
MUSL_LUA := $(MUSL)/lua/src

# Without specs of what is Lua alone, and of Redis: Debian's LuaSocket is for another C library.
MUSL_SPECS = $(filter-out spec/project/% spec/paging/% spec/pager/re%,$(SPECS))
MUSL_PATH := ./lua/?.lua;./lua/?/init.lua;./command/?.lua;./spec/support/?.lua;./spec/trust/?.lua;./spec/?.lua;;
MUSL_MAKE  = $(MAKE) -s CC=musl-gcc BUILD=$(MUSL) LUA=$(MUSL)/bin/lua5.4 \
  LUA_INC='-I$(MUSL_LUA) -idirafter $(MUSL)/headers' LUA_LIB='-Wl,-E $(MUSL_LUA)/liblua.a -lm'

tools-musl: tools-test
	$(call need,musl-gcc,musl-tools)

# Where the sources cannot be downloaded, a line says that musl was not tested.
test-musl: tools-musl ## build Lua and the module with musl-gcc, and run the specs
	@if tools/lua-source $(MUSL); then $(MAKE) -s run-musl; else \
	  echo "musl: NOT TESTED: the source of Debian's lua5.4 cannot be had"; fi

# Specs start processes by the name lua5.4.
run-musl: $(MUSL)/bin/lua5.4 | $(MUSL)/headers
	@$(MUSL_MAKE) all modules-built
	@PATH="$$PWD/$(MUSL)/bin:$$PATH" LUA=lua5.4 VMEM_BUILD=$(MUSL) LUA_INIT_5_4= LUA_PATH_5_4='$(MUSL_PATH)' \
	  LUA_CPATH_5_4='./$(MUSL)/?.so;;' lua5.4 spec/support/run.lua $(MUSL_SPECS) >$(MUSL)/said; status=$$?; \
	cat $(MUSL)/said; \
	version=$$(/lib/ld-musl-*.so.1 2>&1 | sed -n 's/^Version //p'); \
	sed -nE "s/^([0-9]+ passed)/trust: musl $$version: \1/p" $(MUSL)/said; \
	exit $$status

# This Lua finds Debian's packages that are Lua alone.
$(MUSL)/bin/lua5.4: | $(MUSL_LUA)
	@echo "  cc $@"
	@mkdir -p $(@D)
	@sed -i 's|"/usr/local/"|"/usr/"|' $(MUSL_LUA)/luaconf.h
	@$(MAKE) -s -C $(MUSL_LUA) CC='musl-gcc -std=gnu99' linux >/dev/null
	@cp $(MUSL_LUA)/lua $@

# musl-gcc hides all headers but musl's, and with them the kernel's.
$(MUSL)/headers:
	@mkdir -p $@
	@ln -s /usr/include/linux /usr/include/asm-generic /usr/include/$$(gcc -print-multiarch)/asm $@
