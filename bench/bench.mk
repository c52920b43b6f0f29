# Figures: each beside plain C.

.PHONY: tools-bench bench

RESULTS  ?= bench
BASELINE := $(BUILD)/bench/baseline.so

tools-bench: tools-build
	$(call need,gnuplot,gnuplot-nox)

# vmem bench gives the folder in VMEM_RESULTS: make expands a variable of its own command line, not that.
bench: export BENCH_RESULTS = $(RESULTS)
bench: tools-bench $(BASELINE) ## every figure beside plain C, into bench/ or RESULTS=folder; or TOPICS="pages bytes" alone
	@$(MAKE) -s all
	@mkdir -p -- "$${VMEM_RESULTS:-$$BENCH_RESULTS}"
	@$(RUN) $(LUA) bench/bench.lua "$${VMEM_RESULTS:-$$BENCH_RESULTS}" $(TOPICS)

$(BASELINE): $(call objects,$(BUILD)/obj,$(wildcard bench/*.c))
	@echo "  link $@"
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(SHARED) $(LDFLAGS) -o $@ $^ $(if $(filter Linux,$(UNAME)),-ldl)

-include $(patsubst %.c,$(BUILD)/obj/%.d,$(wildcard bench/*.c))
