# Which Lua: LUA=lua5.5, or the path of an interpreter, with its headers in LUA_INC=-Ifolder. Programs that the
# tests link with Lua take LUA_LIB.

LUA ?= lua5.4

# The version is what the interpreter says; if it is not installed yet, its name.
NO_INIT := LUA_INIT= LUA_INIT_5_4= LUA_INIT_5_5=
LUA_V   := $(or $(shell $(NO_INIT) $(LUA) -e 'print(_VERSION:match "%d.%d")' 2>/dev/null),$(patsubst lua%,%,$(notdir $(LUA))))
ifeq ($(filter 5.4 5.5,$(LUA_V)),)
  $(error vmem needs Lua 5.4 or 5.5, and LUA=$(LUA) is neither)
endif
LUA_ID  := $(subst .,_,$(LUA_V))

PC      := $(shell for p in lua$(LUA_V) lua-$(LUA_V) lua$(subst .,,$(LUA_V)); do pkg-config --exists $$p 2>/dev/null && echo $$p && break; done)
LUA_INC ?= $(if $(PC),$(shell pkg-config --cflags $(PC)),-I/usr/include/lua$(LUA_V))
LUA_LIB ?= $(if $(PC),$(shell pkg-config --libs $(PC)),-llua$(LUA_V))

# Headers that were named are the user's matter.
LUA_HEADERS := $(if $(filter file,$(origin LUA_INC)),lua$(LUA_V)-headers)

# Scripts find the module that was just built.
# Lua prefers the variables with its version in their names; an empty LUA_INIT_5_4 runs nothing first.
RUN = LUA_INIT_$(LUA_ID)= LUA_PATH_$(LUA_ID)='./lua/?.lua;./lua/?/init.lua;;' LUA_CPATH_$(LUA_ID)='./$(BUILD)/?.so;./$(BUILD)/bench/?.so;./$(BUILD)/soak/?.so;;'
