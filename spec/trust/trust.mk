# The long checks: each runs much of vmem in one way, and prints a line that begins with "trust:".

include spec/trust/core/core.mk

.PHONY: test-model test-asan asan-built test-hostile test-browser tools-browser soak soak-built test-allocator \
        test-raise allocator-built test-threads threads-built test-environments test-names \
        test-race tools-race race-host race-built

# {====== A naive model ======

# A sequence that fails is shrunk, and printed as a script. SEED=… repeats a run. On Linux the plain POSIX
# system file is compared as well.
MODEL_POSIX := $(if $(filter linux,$(OS)),$(BUILD)/posix)
test-model: tools-build ## random operations on vmem and a naive model of it, compared; OPERATIONS=… SEED=…
	@$(MAKE) -s all
	@$(if $(MODEL_POSIX),$(MAKE) -s OS=posix BUILD=$(MODEL_POSIX) all)
	@MODEL_POSIX=$(MODEL_POSIX) VMEM_BUILD=$(BUILD) $(RUN) $(LUA) spec/trust/model/run.lua $(or $(OPERATIONS),400000) $(SEED)

# ====== }

# {====== The core in other environments ======

# ONLY="ulimit" runs the specs in environments with this in their names, and lists what they skip. FILES="…" runs
# these spec files in each.
test-environments: tools-test ## the core's specs as other users, in sandboxes, under limits; ONLY=… FILES=…
	@$(MAKE) -s all modules-built
	@VMEM_BUILD=$(BUILD) $(LUA) spec/trust/environments/run.lua "$(ONLY)" "$(FILES)"

# ====== }

# {====== Under ASan and UBSan ======

# The interpreter is not built with the sanitizers, so their runtime comes first. Without them: SANITIZED=
SANITIZED := $(if $(filter linux,$(OS)),-O1 -g -fno-omit-frame-pointer -fsanitize=address$(comma)undefined -fno-sanitize-recover=all)
SAN_BUILD := $(if $(SANITIZED),$(BUILD)/asan,$(BUILD))
SAN_LIBS   = $(if $(SANITIZED),$(shell $(CC) -print-file-name=libasan.so) $(shell $(CC) -print-file-name=libubsan.so))

# Without specs of what is Lua alone, or no code: the interpreter is not under the sanitizers.
WITHOUT_C := $(filter-out spec/project/lua_spec.lua,$(wildcard spec/project/*_spec.lua)) spec/documents/machine_cpu_spec.lua \
  spec/documents/miss_curves_spec.lua $(filter-out spec/paging/trace_spec.lua,$(wildcard spec/paging/*_spec.lua))
test-asan: SPECS := $(filter-out $(WITHOUT_C),$(SPECS))
test-asan: tools-test ## the specs under ASan and UBSan
	@$(MAKE) -s asan-built
	@export LD_PRELOAD='$(SAN_LIBS)' ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:allocator_may_return_null=1; \
	  $(call specs,$(SAN_BUILD))

asan-built:
	@$(MAKE) -s BUILD=$(SAN_BUILD) $(if $(SANITIZED),CFLAGS='$(SANITIZED)') all modules-built

# A finding tells how to repeat it. EACH is how many calls a process makes.
test-hostile: tools-build ## everything called with everything, under ASan; CALLS=… SEED=… EACH=…
	@$(MAKE) -s asan-built
	@HOSTILE_PRELOAD='$(SAN_LIBS)' $(subst $(BUILD)/?.so,$(SAN_BUILD)/?.so,$(RUN)) $(LUA) spec/trust/hostile/run.lua \
	  $(or $(CALLS),200000) $(or $(SEED),$$(date +%s)) $(or $(EACH),20000)

# ====== }

# {====== Sections with names, whose holders are killed ======

test-names: tools-build ## processes that have a section by its name are killed; KILLS=… SEED=…
	@$(MAKE) -s all
	@$(RUN) $(LUA) spec/trust/names/run.lua $(or $(KILLS),200) $(SEED)

# ====== }

# {====== Files that another process makes shorter ======

# Each build takes SECONDS, which six situations share. SITUATION=threads tries one alone. Compilers differ in what they
# move past the calls that a signal leaves, and link-time optimisation shows them all of it.
RACE_HOST := $(BUILD)/race/host
RACE       = $(subst $(BUILD)/?.so,$(2)/?.so,$(RUN)) $(LUA) spec/trust/race/run.lua $(RACE_HOST) "$(1)" \
  $(or $(SECONDS),60) "$(SEED)" "$(SITUATION)"

test-race: tools-race ## accesses to files that another process cuts, with each compiler; SECONDS=60 SEED=… SITUATION=…
	@$(MAKE) -s all asan-built race-built
	@$(call RACE,as built,$(BUILD))
	@$(call RACE,gcc -O3 -flto,$(BUILD)/race/gcc)
	@$(call RACE,clang -O2,$(BUILD)/race/clang)
	@$(call RACE,clang -O3 -flto,$(BUILD)/race/clang-lto)
	@RACE_PRELOAD='$(SAN_LIBS)' ASAN_OPTIONS=detect_leaks=0:handle_sigbus=0:abort_on_error=1 \
	  $(call RACE,ASan and UBSan,$(SAN_BUILD))

tools-race: tools-build
	$(call need,clang,clang)

race-host: $(RACE_HOST)

race-built: race-host
	@$(MAKE) -s BUILD=$(BUILD)/race/gcc CC=gcc CFLAGS='-O3 -flto=auto' all
	@$(MAKE) -s BUILD=$(BUILD)/race/clang CC=clang CFLAGS=-O2 all
	@$(MAKE) -s BUILD=$(BUILD)/race/clang-lto CC=clang CFLAGS='-O3 -flto' all

$(RACE_HOST): $(wildcard spec/trust/race/*.[ch])
	@echo "  cc $(filter %.c,$^)"
	@mkdir -p $(@D)
	@$(CC) $(CSTD) $(WARNINGS) $(CFLAGS) -pthread $(LUA_INC) -o $@ $(filter %.c,$^) $(LUA_LIB) -ldl

# ====== }

# {====== Much mixed work ======

ITERATIONS ?= 200000
SOAK    := $(BUILD)/soak/soak_usage.so

# Without the C library's caches it can be told exactly what it has given out.
soak: tools-build ## mixed work leaves nothing behind; ITERATIONS=200000, SEED=n; LEAK=each tries the soak itself
	@$(MAKE) -s all soak-built
	@GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0 $(RUN) $(LUA) spec/trust/soak/soak.lua "$(ITERATIONS)" "$(SEED)" "$(LEAK)"

soak-built: $(SOAK)

$(SOAK): spec/trust/soak/usage.c
	@echo "  cc $<"
	@mkdir -p $(@D)
	@$(COMPILE) $(SHARED) $(LDFLAGS) -fvisibility=default -o $@ $<

# ====== }

# {====== Lua states whose memory fails, or whose hooks raise, linked with all of the module ======

ALLOCATOR     := $(BUILD)/allocator/host
ALLOCATOR_OBJ := $(call objects,$(BUILD)/allocator/obj,$(call module,$(OS)) $(wildcard spec/trust/allocator/*.c))
ALLOCATOR_CC   = $(CC) $(CSTD) $(WARNINGS) -O2 -g -fno-omit-frame-pointer $(SANITIZE) -Icsrc $(LUA_INC)

test-allocator: tools-build ## Lua's memory fails at every request; SNIPPETS="sparse" tries those alone, ALL=1 leaves none out
	@$(MAKE) -s allocator-built
	@$(RUN) ASAN_OPTIONS=quarantine_size_mb=16:allocator_may_return_null=1 $(ALLOCATOR) memory "$(SNIPPETS)"

test-raise: tools-build ## an error is raised at every instruction of vmem's Lua; SNIPPETS="pager" tries those alone, ALL=1 leaves none out
	@$(MAKE) -s BUILD=$(BUILD)/raise SANITIZE= allocator-built
	@$(RUN) $(BUILD)/raise/allocator/host raise "$(SNIPPETS)"

allocator-built: $(ALLOCATOR)

$(ALLOCATOR): $(ALLOCATOR_OBJ)
	@echo "  link $@"
	@$(ALLOCATOR_CC) -Wl,--wrap=os_reserve,--wrap=os_release -o $@ $^ $(LUA_LIB)

$(eval $(call flavour,$(BUILD)/allocator/obj,$$(ALLOCATOR_CC)))
-include $(ALLOCATOR_OBJ:.o=.d)

# ====== }

# {====== Threads, each with Lua states of its own, under ThreadSanitizer ======

THREADS := $(BUILD)/tsan
RACING  := -O1 -g -fno-omit-frame-pointer -fsanitize=thread -include spec/trust/threads/mmap.h

# A kernel that places mappings more freely than the sanitizer knows makes it refuse to start; without random
# places it does.
test-threads: tools-build ## threads that load and use vmem at once, under ThreadSanitizer
	@$(MAKE) -s threads-built
	@$(RUN_TSAN) $(THREADS)/host ./$(THREADS)/vmem/core.so 4 40 spec/trust/threads/work.lua

RUN_TSAN = $(subst $(BUILD)/?.so,$(THREADS)/?.so,$(RUN)) TSAN_OPTIONS=halt_on_error=0:exitcode=66 \
           $(if $(filter linux,$(OS)),$(shell setarch -R true 2>/dev/null && echo setarch -R))

threads-built:
	@$(MAKE) -s BUILD=$(THREADS) CFLAGS='$(RACING)' all $(THREADS)/host

# ====== }

# {====== Recordings in a browser ======

tools-browser: tools-build
	$(call need,chromium node,chromium nodejs)

test-browser: tools-browser manual ## open recordings and the manual in a browser and check them; PICTURES=folder keeps pictures
	@$(MAKE) -s all
	@$(RUN) LUA=$(LUA) spec/pictures/browser/run $(MANUAL)

# ====== }
