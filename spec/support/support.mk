# C code that the specs need: modules for what Lua cannot do, and programs that have Lua states.

.PHONY: modules-built

# The probe is for Linux.
SPEC_MODULES := $(filter-out $(if $(filter Linux,$(UNAME)),,spec/support/c/probe.c),$(wildcard spec/support/c/*.c))
modules-built: $(SPEC_MODULES:spec/support/c/%.c=$(BUILD)/%.so) $(BUILD)/forkhost

# The trial of Lua's stack, with the layout that is right and with wrong ones.
LAYOUTS      := spec/support/layouts
LAYOUT_NAMES := $(shell sed 's/:.*//' $(LAYOUTS)/layouts.txt)
modules-built: $(LAYOUT_NAMES:%=$(BUILD)/layouts/%.so)

$(BUILD)/layouts/%.so: $(LAYOUTS)/trial.c $(LAYOUTS)/layouts.txt csrc/lua/fast_arguments.c csrc/lua/fast_arguments.h
	@echo "  cc $< ($*)"
	@mkdir -p $(BUILD)/layouts/$*/lua
	@sed "$$(sed -n 's/^$*://p' $(LAYOUTS)/layouts.txt)" csrc/lua/fast_arguments.h >$(BUILD)/layouts/$*/lua/fast_arguments.h
	@$(COMPILE) -iquote $(BUILD)/layouts/$* $(SHARED) $(LDFLAGS) -fvisibility=default -o $@ $<

$(BUILD)/%.so: spec/support/c/%.c
	@echo "  cc $<"
	@mkdir -p $(@D)
	@$(COMPILE) $(SHARED) $(LDFLAGS) -fvisibility=default -o $@ $<

$(BUILD)/host: spec/trust/threads/host.c
$(BUILD)/forkhost: spec/support/forkhost/host.c

$(BUILD)/host $(BUILD)/forkhost:
	@echo "  cc $<"
	@mkdir -p $(@D)
	@$(CC) $(CSTD) -D_POSIX_C_SOURCE=200809L $(WARNINGS) $(CFLAGS) -pthread $(LUA_INC) -o $@ $< $(LUA_LIB) -ldl
