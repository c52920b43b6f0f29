# C code that the specs need: modules for what Lua cannot do, and programs that have Lua states.

.PHONY: modules-built

# The probe is for Linux.
SPEC_MODULES := $(filter-out $(if $(filter Linux,$(UNAME)),,spec/support/c/probe.c),$(wildcard spec/support/c/*.c))
modules-built: $(SPEC_MODULES:spec/support/c/%.c=$(BUILD)/%.so) $(BUILD)/forkhost

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
