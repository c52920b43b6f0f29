# Lua 5.5 from Debian's source, for machines that have only 5.4: an interpreter in a folder of its own, as users may
# have one.

.PHONY: test-lua5.5 run-lua5.5 lua5.5-trust lua5.5-built

LUA55      := build/lua5.5
LUA55_OWN  := $(CURDIR)/$(LUA55)/own
LUA55_WITH := LUA='$(LUA55_OWN)/bin/lua' LUA_INC='-I$(LUA55_OWN)/include' \
  LUA_LIB='-Wl,-E,--whole-archive $(LUA55_OWN)/lib/liblua.a -Wl,--no-whole-archive -lm'

# Where a source cannot be downloaded, a line says that Lua 5.5 was not tested.
test-lua5.5: tools-test ## fetch and build Lua 5.5, and run the specs with it
	@if tools/lua-source $(LUA55) lua5.5 && tools/lua-source $(LUA55)/socket luasocket; then \
	  $(MAKE) -s lua5.5-built run-lua5.5 && $(MAKE) -s lua5.5-trust; \
	else echo "Lua 5.5: NOT TESTED: its source, or LuaSocket's, cannot be had"; fi

run-lua5.5:
	@$(MAKE) -s $(LUA55_WITH) BUILD=$(LUA55) test >$(LUA55)/said; status=$$?; \
	cat $(LUA55)/said; \
	version=$$($(LUA55_OWN)/bin/lua -v | sed 's/  .*//'); \
	sed -n "s/^\([0-9]*\) passed, /trust: $$version: \1 specs passed, /p" $(LUA55)/said; \
	exit $$status

# The shortest of the long checks, or those that CHECKS names.
CHECKS ?= test-threads 'soak ITERATIONS=3000'
lua5.5-trust: ## long checks on the Lua 5.5 that test-lua5.5 has built; CHECKS="test-allocator test-raise"
	@for check in $(CHECKS); do \
	  $(MAKE) -s $(LUA55_WITH) BUILD=$(LUA55) $$check >$(LUA55)/said; status=$$?; \
	  sed 's/^trust: /trust: Lua 5.5: /' $(LUA55)/said; \
	  [ $$status -eq 0 ] || exit $$status; \
	done

lua5.5-built: $(LUA55_OWN)/share/lua/5.5

# The other modules that the specs need are written in Lua: Debian's for 5.4 do.
$(LUA55_OWN)/share/lua/5.5:
	@echo "  make $(LUA55)/lua"
	@sed -i 's|"/usr/local/"|"$(LUA55_OWN)/"|' $(LUA55)/lua/src/luaconf.h
	@$(MAKE) -s -C $(LUA55)/lua MYCFLAGS=-fPIC all install INSTALL_TOP='$(LUA55_OWN)' >$(LUA55)/lua.txt 2>&1 || { cat $(LUA55)/lua.txt; exit 1; }
	@mkdir -p $(LUA55_OWN)/lib/lua/5.5/socket
	@cd $(LUA55)/socket/lua/src && $(CC) -O2 -fPIC $(SHARED) -I'$(LUA55_OWN)/include' -o '$(LUA55_OWN)/lib/luasocket.so' \
	  luasocket.c timeout.c buffer.c io.c auxiliar.c compat.c options.c inet.c except.c select.c tcp.c udp.c usocket.c
	@ln -sf ../../../luasocket.so '$(LUA55_OWN)/lib/lua/5.5/socket/core.so'
	@rmdir '$@' && ln -s /usr/share/lua/5.4 '$@'
