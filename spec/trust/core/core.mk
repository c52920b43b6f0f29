# The core alone, over a fake Linux. It needs nothing of the system but its linker.

SEEDS    ?= 1 8000
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize-recover=all

FAKED  := $(CORE_C) $(addprefix csrc/os/,unix.c unix_descriptor.c unix_library.c unix_section.c linux/markers.c linux/conceal.c)
FUZZ_C := $(wildcard spec/trust/core/*.c)

# The fake kernel sees when the core undoes a change.
WRAP_UNDOING := -Wl,--wrap=os_drop_spare_mappings,--wrap=os_keep_spare_mappings

.PHONY: test-core core-built test-failures failing-built fuzz fuzz-corpus guided-built tools-fuzz

# {====== Random calls ======

FUZZ      := $(BUILD)/core/fuzz
FUZZ_CORE := $(call objects,$(BUILD)/core/obj,$(FAKED))
FUZZ_OWN  := $(call objects,$(BUILD)/core/obj,$(FUZZ_C))
FUZZ_CC    = $(CC) $(CSTD) $(WARNINGS) -O2 -g -Icsrc -Ispec/trust/core

test-core: tools-build ## random calls of the core, with failures; SEEDS="first count" repeats sequences
	@$(MAKE) -s core-built
	@$(FUZZ) $(SEEDS)

core-built: $(FUZZ)

$(FUZZ): $(FUZZ_CORE) $(FUZZ_OWN)
	@echo "  link $@"
	@$(FUZZ_CC) $(SANITIZE) $(WRAP_UNDOING) -o $@ $^

# The core alone is under the sanitizers: the model, which compares every page after every call, takes three times as
# long there.
$(FUZZ_CORE): FUZZ_CC += $(SANITIZE) -include spec/trust/core/fake_calls.h
$(eval $(call flavour,$(BUILD)/core/obj,$$(FUZZ_CC)))

# ====== }

# {====== Each call refused in each way, in order; over the functions of os.h as well ======

FAILING     := $(BUILD)/core/failing
FAILING_OWN := $(filter-out %/fuzz.o,$(FUZZ_OWN)) $(call objects,$(BUILD)/core/obj,$(wildcard spec/trust/core/failing/*.c))
REFUSABLE   := $(addprefix os_,reserve release conceal commit decommit decommit_lazy protect mark empty_and_mark unmark refill register_missing lock unlock \
                 prefetch discard resident attach section_new section_resize section_file section_flush \
                 flush_pages)

test-failures: tools-build ## every call of every operation of the core refused in every way; CASE=number repeats one
	@$(MAKE) -s failing-built
	@$(FAILING) $(CASE)

failing-built: $(FAILING)

$(FAILING): $(FUZZ_CORE) $(FAILING_OWN)
	@echo "  link $@"
	@$(FUZZ_CC) $(SANITIZE) $(WRAP_UNDOING) $(addprefix -Wl$(comma)--wrap=,$(REFUSABLE)) -o $@ $^

-include $(FUZZ_CORE:.o=.d) $(FUZZ_OWN:.o=.d) $(FAILING_OWN:.o=.d)

# ====== }

# {====== The same sequences, chosen by libFuzzer ======

# Built twice: for libFuzzer, and for llvm-cov, which tells what the sequences reach. Only what is new in the
# core makes an input worth keeping, not what is new in the test itself.
GUIDED     := $(BUILD)/guided
GUIDED_C   := $(FAKED) $(filter-out %/fuzz.c,$(FUZZ_C)) spec/trust/core/guided/target.c
GUIDED_CC   = clang $(CSTD) $(WARNINGS) -g $(GUIDED_FLAGS) -Icsrc -Ispec/trust/core
GUIDED_LINK = clang $(WRAP_UNDOING) -o $@ $^

tools-fuzz: tools-build
	$(call need,clang llvm-cov,clang llvm)
	$(call need,clang-fuzzer,libclang-rt-dev)

fuzz: tools-fuzz ## sequences that libFuzzer chooses, for SECONDS=20; or INPUT=file: that one, shown
	@$(MAKE) -s $(if $(INPUT),core-built,guided-built)
	@$(if $(INPUT),$(FUZZ) $(INPUT),spec/trust/core/guided/run $(GUIDED) $(or $(SECONDS),20))

fuzz-corpus: tools-fuzz ## takes what make fuzz has found so far into the corpus, and makes that small
	@$(MAKE) -s guided-built
	@spec/trust/core/guided/merge $(GUIDED)

guided-built: $(GUIDED)/fuzzer $(GUIDED)/coverage

$(GUIDED)/fuzzer: $(call objects,$(GUIDED)/obj,$(GUIDED_C))
	@echo "  link $@"
	@$(GUIDED_LINK) -fsanitize=fuzzer,address,undefined

$(GUIDED)/coverage: $(call objects,$(GUIDED)/obj-coverage,$(GUIDED_C))
	@echo "  link $@"
	@$(GUIDED_LINK) -fsanitize=fuzzer -fprofile-instr-generate

$(GUIDED)/obj/%: GUIDED_FLAGS := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
$(GUIDED)/obj/csrc/%: GUIDED_FLAGS += -fsanitize=fuzzer-no-link -include spec/trust/core/fake_calls.h
$(GUIDED)/obj-coverage/csrc/%: GUIDED_FLAGS := -include spec/trust/core/fake_calls.h -fprofile-instr-generate -fcoverage-mapping

$(eval $(call flavour,$(GUIDED)/obj,$$(GUIDED_CC)))
$(eval $(call flavour,$(GUIDED)/obj-coverage,$$(GUIDED_CC)))

-include $(patsubst %.c,$(GUIDED)/obj/%.d,$(GUIDED_C)) $(patsubst %.c,$(GUIDED)/obj-coverage/%.d,$(GUIDED_C))

# ====== }
