# vmem: `make demo` shows it, `make test` tries it. `make help` lists the rest.
#
# OS=posix     builds the plain POSIX system file instead of this system's own
# BUILD=folder builds there; CC, CFLAGS and LDFLAGS as usual

UNAME  := $(shell uname -s)
OS     := $(if $(filter Linux,$(UNAME)),linux,posix)
BUILD  ?= build$(if $(filter linux,$(OS)),,/$(OS))
PREFIX ?= /usr/local
LUA    ?= lua5.4

# Targets of make are words: it cannot build into a folder of any name.
ifneq ($(words $(value BUILD))$(strip $(foreach odd,$$ ' " ; & | < > ( ) * ? ` \ : = %,$(findstring $(odd),$(value BUILD))) $(filter -%,$(value BUILD))),1)
  ifneq ($(origin BUILD),file)
    $(error BUILD must be a word that the shell takes as it is, not "$(value BUILD)")
  endif
endif

CSTD     := -std=c11
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Werror
CFLAGS   ?= -O2 -g
PC       := $(shell for p in lua5.4 lua-5.4 lua54; do pkg-config --exists $$p 2>/dev/null && echo $$p && break; done)
LUA_INC  ?= $(if $(PC),$(shell pkg-config --cflags $(PC)),-I/usr/include/lua5.4)
SHARED   := $(if $(filter Darwin,$(UNAME)),-bundle -undefined dynamic_lookup,-shared)
COMPILE   = $(CC) $(CSTD) $(WARNINGS) $(CFLAGS) -pthread -fPIC -fvisibility=hidden -Icsrc $(LUA_INC)

include csrc/sources.mk
OBJECTS := $(patsubst %,$(BUILD)/obj/%.o,$(call module,$(OS)))
MODULE  := $(BUILD)/vmem/core.so

comma   := ,

# Scripts find the module that was just built.
# Lua prefers the names with its version where they are set, and to run something first an empty one.
RUN := LUA_INIT_5_4= LUA_PATH_5_4='./lua/?.lua;./lua/?/init.lua;;' LUA_CPATH_5_4='./$(BUILD)/?.so;./$(BUILD)/bench/?.so;./$(BUILD)/soak/?.so;;'

SOURCES_C   := $(wildcard $(foreach folder,os os/linux core lua,csrc/$(folder)/*.c csrc/$(folder)/*.h) bench/*.c bench/*.h tools/valgrind/*.c \
                 spec/*/*/*.c spec/*/*/*.h spec/*/*/*/*.c spec/*/*/*/*.h)

.PHONY: all modules-built test test-threads threads-built test-model test-asan asan-built test-hostile test-browser tools-browser demo bench lint format install \
        uninstall clean help run vmem test-core core-built test-failures failing-built test-allocator test-raise allocator-built \
        fuzz fuzz-corpus guided-built tools-fuzz soak soak-built analyse valgrind tools-valgrind coverage tools-analyse \
        test-windows run-windows differential \
        tools-build tools-test tools-lint tools-bench tools-windows

all: $(MODULE) ## build the module

$(MODULE): $(OBJECTS)
	@mkdir -p $(@D)
	@echo "  link $@"
	@$(CC) $(CFLAGS) -pthread $(SHARED) $(LDFLAGS) -o $@ $^

$(BUILD)/obj/%.o: csrc/%.c
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(COMPILE) -MMD -MP -c -o $@ $<

-include $(OBJECTS:.o=.d)

# {====== What the machine needs ======

# $(call need,PROGRAMS THAT MUST BE THERE,DEBIAN PACKAGES THAT BRING THEM)
need = @./tools/need "$(1)" "$(2)"

tools-build:
	$(call need,$(CC) $(LUA) lua5.4-headers,gcc libc6-dev pkg-config lua5.4 liblua5.4-dev)

tools-test: tools-build
	$(call need,busted $(LUA):argparse $(LUA):dkjson,lua-busted lua-argparse lua-dkjson)
	@./tools/need "redis-server $(LUA):socket" "redis-server lua-socket" || \
	  echo "vmem.pager.redis: NOT TESTED: it takes redis-server and LuaSocket"
	@./tools/need "localedef locale-sources" "locales" || echo "other locales: NOT TESTED: Debian's package locales has them"

tools-browser: tools-build
	$(call need,chromium,chromium)

tools-lint:
	$(call need,clang clang-format luacheck,clang clang-format lua-check)

# ====== }

demo: tools-build ## install what is missing, build, run the examples
	@$(MAKE) -s all
	@$(RUN) $(LUA) examples/demo.lua

test: tools-test ## install what is missing, build, run the specs
	@$(MAKE) -s all modules-built
	LUA_INIT_5_4= VMEM_BUILD=$(BUILD) busted

# What specs ask of the system, or of C, and Lua does not have. The probe is Linux'.
SPEC_MODULES := $(filter-out $(if $(filter Linux,$(UNAME)),,spec/support/c/probe.c),$(wildcard spec/support/c/*.c))
modules-built: $(SPEC_MODULES:spec/support/c/%.c=$(BUILD)/%.so) $(BUILD)/forkhost

$(BUILD)/%.so: spec/support/c/%.c
	@echo "  cc $<"
	@mkdir -p $(@D)
	@$(COMPILE) $(SHARED) $(LDFLAGS) -fvisibility=default -o $@ $<

# A sequence that fails is shrunk, and printed as a script. SEED=… repeats a run. On Linux the plain POSIX
# system file is compared as well.
MODEL_POSIX := $(if $(filter linux,$(OS)),$(BUILD)/posix)
test-model: tools-build ## random operations on vmem and a naive model of it, compared; OPERATIONS=… SEED=…
	@$(MAKE) -s all
	@$(if $(MODEL_POSIX),$(MAKE) -s OS=posix BUILD=$(MODEL_POSIX) all)
	@MODEL_POSIX=$(MODEL_POSIX) VMEM_BUILD=$(BUILD) $(RUN) $(LUA) spec/trust/model/run.lua $(or $(OPERATIONS),400000) $(SEED)

# The interpreter is not built with the sanitizers, so their runtime comes first. Without them: SANITIZED=
SANITIZED := $(if $(filter linux,$(OS)),-O1 -g -fno-omit-frame-pointer -fsanitize=address$(comma)undefined -fno-sanitize-recover=all)
SAN_BUILD := $(if $(SANITIZED),$(BUILD)/asan,$(BUILD))
SAN_LIBS   = $(if $(SANITIZED),$(shell $(CC) -print-file-name=libasan.so) $(shell $(CC) -print-file-name=libubsan.so))

test-asan: tools-test ## the specs under ASan and UBSan
	@$(MAKE) -s asan-built
	LD_PRELOAD='$(SAN_LIBS)' ASAN_OPTIONS=detect_leaks=1:abort_on_error=1:allocator_may_return_null=1 \
	  LUA_INIT_5_4= VMEM_BUILD=$(SAN_BUILD) busted

asan-built:
	@$(MAKE) -s BUILD=$(SAN_BUILD) $(if $(SANITIZED),CFLAGS='$(SANITIZED)') all modules-built

# A finding tells how to repeat it. EACH is how many calls a process makes.
test-hostile: tools-build ## everything called with everything, under ASan; CALLS=… SEED=… EACH=…
	@$(MAKE) -s asan-built
	@HOSTILE_PRELOAD='$(SAN_LIBS)' $(subst $(BUILD)/?.so,$(SAN_BUILD)/?.so,$(RUN)) $(LUA) spec/trust/hostile/run.lua \
	  $(or $(CALLS),200000) $(or $(SEED),$$(date +%s)) $(or $(EACH),20000)

test-browser: tools-browser ## install what is missing, open recordings in a browser and check them
	@$(MAKE) -s all
	VMEM_BUILD=$(BUILD) spec/pictures/browser/run

run: export VMEM_SCRIPT = $(SCRIPT)
run: all ## make run SCRIPT=file.lua ARGS='…': run a script with what was built
	@$(RUN) $(LUA) -- "$$VMEM_SCRIPT" $(ARGS)

vmem: all ## make vmem ARGS='map': the vmem command, with what was built
	@VMEM_BUILD=$(BUILD) $(LUA) bin/vmem $(ARGS)

# {====== The core alone, over a fake Linux: needs nothing of it but its linker ======

SEEDS     ?= 1 8000
SANITIZE  ?= -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ      := $(BUILD)/core/fuzz
FUZZ_CORE := $(patsubst %,$(BUILD)/core/obj/csrc/%.o,$(CORE_C) os/unix os/unix_descriptor os/linux/markers os/linux/conceal)
FUZZ_OWN  := $(patsubst %.c,$(BUILD)/core/obj/%.o,$(wildcard spec/trust/core/*.c))
FUZZ_CC    = $(CC) $(CSTD) $(WARNINGS) -O2 -g $(SANITIZE)

test-core: tools-build ## random calls of the core, with failures; SEEDS="first count" repeats sequences
	@$(MAKE) -s core-built
	@$(FUZZ) $(SEEDS)

core-built: $(FUZZ)

$(FUZZ): $(FUZZ_CORE) $(FUZZ_OWN)
	@echo "  link $@"
	@$(FUZZ_CC) -Wl,--wrap=os_drop_spare_mappings,--wrap=os_keep_spare_mappings -o $@ $^

$(FUZZ_CORE): FUZZ_CC += -include spec/trust/core/fake_calls.h

$(BUILD)/core/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(FUZZ_CC) -Icsrc -Ispec/trust/core -MMD -MP -c -o $@ $<

# Each call refused in each way, in order; over the functions of os.h as well.
FAILING     := $(BUILD)/core/failing
FAILING_OWN := $(filter-out %/fuzz.o,$(FUZZ_OWN)) $(patsubst %.c,$(BUILD)/core/obj/%.o,$(wildcard spec/trust/core/failing/*.c))
REFUSABLE   := $(addprefix os_,reserve release conceal commit decommit protect mark empty_and_mark unmark refill lock unlock \
                 prefetch discard resident)

test-failures: tools-build ## every call of every operation of the core refused in every way; CASE=number repeats one
	@$(MAKE) -s failing-built
	@$(FAILING) $(CASE)

failing-built: $(FAILING)

$(FAILING): $(FUZZ_CORE) $(FAILING_OWN)
	@echo "  link $@"
	@$(FUZZ_CC) -Wl,--wrap=os_drop_spare_mappings,--wrap=os_keep_spare_mappings $(addprefix -Wl$(comma)--wrap=,$(REFUSABLE)) -o $@ $^

-include $(FUZZ_CORE:.o=.d) $(FUZZ_OWN:.o=.d) $(FAILING_OWN:.o=.d)

# The same sequences, chosen by libFuzzer; and once more for llvm-cov, which tells what they reach. Only
# what is new in the core makes an input worth keeping, not what is new in the test itself.
GUIDED      := $(BUILD)/guided
GUIDED_CORE := $(FUZZ_CORE:$(BUILD)/core/obj/%=%)
GUIDED_OWN  := $(patsubst %.c,%.o,$(filter-out spec/trust/core/fuzz.c,$(wildcard spec/trust/core/*.c)) spec/trust/core/guided/target.c)
GUIDED_CC    = clang $(CSTD) $(WARNINGS) -g $(GUIDED_FLAGS) -Icsrc -Ispec/trust/core -MMD -MP -c -o $@ $<
GUIDED_LINK  = clang -Wl,--wrap=os_drop_spare_mappings,--wrap=os_keep_spare_mappings -o $@ $^

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

$(GUIDED)/fuzzer: $(addprefix $(GUIDED)/obj/,$(GUIDED_CORE) $(GUIDED_OWN))
	@echo "  link $@"
	@$(GUIDED_LINK) -fsanitize=fuzzer,address,undefined

$(GUIDED)/coverage: $(addprefix $(GUIDED)/obj-coverage/,$(GUIDED_CORE) $(GUIDED_OWN))
	@echo "  link $@"
	@$(GUIDED_LINK) -fsanitize=fuzzer -fprofile-instr-generate

$(GUIDED)/obj/%: GUIDED_FLAGS := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
$(GUIDED)/obj/csrc/%: GUIDED_FLAGS += -fsanitize=fuzzer-no-link -include spec/trust/core/fake_calls.h
$(GUIDED)/obj-coverage/csrc/%: GUIDED_FLAGS := -include spec/trust/core/fake_calls.h -fprofile-instr-generate -fcoverage-mapping

$(GUIDED)/obj/%.o: %.c
	@mkdir -p $(@D)
	@$(GUIDED_CC)

$(GUIDED)/obj-coverage/%.o: %.c
	@mkdir -p $(@D)
	@$(GUIDED_CC)

-include $(patsubst %.o,$(GUIDED)/obj/%.d,$(GUIDED_CORE) $(GUIDED_OWN))
-include $(patsubst %.o,$(GUIDED)/obj-coverage/%.d,$(GUIDED_CORE) $(GUIDED_OWN))

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

# {====== Lua states whose memory fails, linked with all of the module ======

ALLOCATOR     := $(BUILD)/allocator/host
ALLOCATOR_OBJ := $(patsubst %,$(BUILD)/allocator/obj/csrc/%.o,$(call module,$(OS))) \
                 $(patsubst %.c,$(BUILD)/allocator/obj/%.o,$(wildcard spec/trust/allocator/*.c))
ALLOCATOR_CC   = $(CC) $(CSTD) $(WARNINGS) -O2 -g -fno-omit-frame-pointer $(SANITIZE) -Icsrc $(LUA_INC)
LUA_LIB       ?= $(if $(PC),$(shell pkg-config --libs $(PC)),-llua5.4)

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

$(BUILD)/allocator/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(ALLOCATOR_CC) -MMD -MP -c -o $@ $<

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

$(BUILD)/host: spec/trust/threads/host.c
$(BUILD)/forkhost: spec/support/forkhost/host.c

# C programs with Lua states in them.
$(BUILD)/host $(BUILD)/forkhost:
	@echo "  cc $<"
	@mkdir -p $(@D)
	@$(CC) $(CSTD) -D_POSIX_C_SOURCE=200809L $(WARNINGS) $(CFLAGS) -pthread $(LUA_INC) -o $@ $< $(LUA_LIB) -ldl

# ====== }

# {====== Windows: cross-built with mingw-w64, run under Wine ======

WIN      := build/windows
MINGW    := x86_64-w64-mingw32-gcc
WIN_LUA  := $(WIN)/lua/src
WIN_CORE := $(patsubst %,csrc/%.c,$(call module,windows))
WINE     := WINEDEBUG=-all WINEPREFIX=$(CURDIR)/$(WIN)/wine wine
WIN_PATH := ./lua/?.lua;./lua/?/init.lua;./spec/support/?.lua;./spec/trust/?.lua;./spec/?.lua;/usr/share/lua/5.4/?.lua;/usr/share/lua/5.4/?/init.lua
SPECS    := $(sort $(wildcard spec/*/*_spec.lua))

tools-windows: tools-test
	$(call need,$(MINGW) wine,gcc-mingw-w64-x86-64 wine wine64)

# Sources that cannot be had are no fault of ours, but nobody shall believe that Windows was tested.
test-windows: tools-windows ## cross-build, and run the specs under Wine
	@if tools/lua-source $(WIN); then $(MAKE) -s run-windows; else \
	  echo "windows: NOT TESTED: the source of Debian's lua5.4 cannot be had"; fi

run-windows: $(WIN)/lua.exe $(WIN)/vmem/core.dll $(WIN)/foreign.dll
	@test "$$(x86_64-w64-mingw32-objdump -p $(WIN)/vmem/core.dll | sed -n '/Name Pointer/,/^$$/s/^.*\[ *[0-9][0-9]*\] *//p')" = \
	  luaopen_vmem_core || { echo "core.dll exports more than luaopen_vmem_core, or not that"; exit 1; }
	LUA_INIT_5_4= LUA_PATH_5_4='$(WIN_PATH)' LUA_CPATH_5_4='./$(WIN)/?.dll' $(WINE) $(WIN)/lua.exe spec/support/run.lua $(SPECS)

differential: tools-build tools-windows ## random calls, native under Wine and vmem.win32 here, compared
	@$(MAKE) -s all
	@spec/trust/differential/run

$(WIN)/foreign.dll: spec/support/c/foreign.c $(WIN)/lua54.dll
	@echo "  cc $@"
	@$(MINGW) $(CSTD) $(WARNINGS) $(CFLAGS) -DLUA_BUILD_AS_DLL -I$(WIN_LUA) -shared -static-libgcc -o $@ $^

$(WIN)/lua54.dll: | $(WIN_LUA)
	@echo "  cc $@"
	@$(MINGW) -O2 -DLUA_BUILD_AS_DLL -shared -static-libgcc -o $@ $(filter-out %/lua.c %/luac.c,$(wildcard $(WIN_LUA)/*.c))

$(WIN)/lua.exe: $(WIN)/lua54.dll
	@echo "  cc $@"
	@$(MINGW) -O2 -DLUA_BUILD_AS_DLL -static-libgcc -o $@ $(WIN_LUA)/lua.c $<

$(WIN)/vmem/core.dll: $(WIN_CORE) $(wildcard csrc/*/*.h) $(WIN)/lua54.dll
	@mkdir -p $(@D)
	@echo "  cc $@"
	@$(MINGW) $(CSTD) $(WARNINGS) $(CFLAGS) -DLUA_BUILD_AS_DLL -Icsrc -I$(WIN_LUA) -shared -static-libgcc -o $@ $(WIN_CORE) $(WIN)/lua54.dll

# ====== }

# {====== Figures ======

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

$(BASELINE): $(patsubst bench/%.c,$(BUILD)/obj/bench/%.o,$(wildcard bench/*.c))
	@echo "  link $@"
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) $(SHARED) $(LDFLAGS) -o $@ $^ $(if $(filter Linux,$(UNAME)),-ldl)

$(BUILD)/obj/bench/%.o: bench/%.c bench/baseline.h
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(COMPILE) -c -o $@ $<

# ====== }

# {====== What others look for in the C ======

tools-analyse: tools-test tools-lint
	$(call need,gcc clang-tidy cppcheck,gcc clang-tidy cppcheck)

analyse: tools-analyse ## gcc -fanalyzer, clang-tidy and cppcheck over csrc/
	@for name in gcc clang-tidy cppcheck; do tools/analyse $$name || exit 1; done

# The module as it is, but for what tools/valgrind puts between it and others; and once with errors.
WATCHED := $(BUILD)/valgrind

tools-valgrind: tools-test
	$(call need,valgrind,valgrind)

valgrind: tools-valgrind ## valgrind's memcheck over the specs and their processes; SPECS="files" for some
	@$(MAKE) -s $(WATCHED)/vmem/core.so $(WATCHED)/planted/vmem/core.so
	@tools/valgrind/run $(WATCHED) $(SPECS)

$(WATCHED)/vmem/core.so: $(OBJECTS) $(WATCHED)/answers.o
$(WATCHED)/planted/vmem/core.so: $(OBJECTS) $(WATCHED)/answers.o $(WATCHED)/planted.o
$(WATCHED)/planted/vmem/core.so: PLANTED := -Wl,--wrap=vm_commit

$(WATCHED)/%.so:
	@mkdir -p $(@D)
	@echo "  link $@"
	@$(CC) $(CFLAGS) $(SHARED) $(LDFLAGS) -Wl,--wrap=ioctl $(PLANTED) -o $@ $^

$(WATCHED)/%.o: tools/valgrind/%.c
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(COMPILE) -MMD -MP -c -o $@ $<

-include $(WATCHED)/answers.d $(WATCHED)/planted.d

coverage: tools-test ## which lines of csrc/ the specs run, as gcov counts them; SEEDS="first count" as above
	$(call need,gcc gcov,gcc)
	@tools/coverage

# ====== }

lint: tools-lint tools-build ## clang-format, luacheck, -Werror with gcc and clang, layers and circles of the C files
	clang-format --dry-run -Werror $(SOURCES_C)
	luacheck -q bin/vmem lua spec examples bench tools rockspec .busted .luacheckrc
	@$(MAKE) -s CC=gcc BUILD=$(BUILD)/lint-gcc SANITIZE= all core-built failing-built soak-built allocator-built modules-built
	@$(MAKE) -s CC=clang BUILD=$(BUILD)/lint-clang SANITIZE= all core-built failing-built soak-built allocator-built modules-built
	@$(MAKE) -s OS=posix BUILD=$(BUILD)/lint-posix all
	$(LUA) tools/layers.lua csrc $(BUILD)/lint-gcc/obj
	$(LUA) tools/layers.lua csrc $(BUILD)/lint-posix/obj
	@! readelf -lW $(BUILD)/lint-gcc/vmem/core.so | grep -w TLS || \
	  { echo "no thread-local storage: where there is no memory for it glibc ends the process"; exit 1; }

format: tools-lint ## let clang-format put the C sources right
	clang-format -i $(SOURCES_C)

# Folders of any name: they reach the shell by the environment, as they are. A "$" means something to make
# itself, before anything here sees it: such a name is refused before anything is done.
ifneq ($(filter install uninstall,$(MAKECMDGOALS)),)
  $(foreach name,DESTDIR PREFIX,$(if $(findstring $$,$(value $(name))), \
    $(error $(name) has a dollar sign in it, which make takes for a variable: choose a folder without)))
endif

LUA_DIR  := $(DESTDIR)$(PREFIX)/share/lua/5.4/vmem
LUA_CDIR := $(DESTDIR)$(PREFIX)/lib/lua/5.4/vmem
BIN_DIR  := $(DESTDIR)$(PREFIX)/bin
install uninstall: export VMEM_LUA_DIR = $(LUA_DIR)
install uninstall: export VMEM_LUA_CDIR = $(LUA_CDIR)
install uninstall: export VMEM_BIN_DIR = $(BIN_DIR)

# The folders below lua/vmem, two levels deep at most.
LUA_FOLDERS := $(sort $(patsubst lua/vmem/%/,%,$(dir $(wildcard lua/vmem/*/*.lua lua/vmem/*/*/*.lua))))

install: all ## install into PREFIX (/usr/local)
	install -d -- "$$VMEM_LUA_DIR" "$$VMEM_LUA_DIR/examples" "$$VMEM_LUA_CDIR" "$$VMEM_BIN_DIR"
	install -m 644 -- $(wildcard lua/vmem/*.lua) "$$VMEM_LUA_DIR"
	for folder in $(LUA_FOLDERS); do \
	  install -d -- "$$VMEM_LUA_DIR/$$folder" && \
	  install -m 644 -- lua/vmem/$$folder/*.lua "$$VMEM_LUA_DIR/$$folder" || exit 1; \
	done
	install -m 644 -- $(filter-out %/demo.lua,$(wildcard examples/*.lua)) "$$VMEM_LUA_DIR/examples"
	install -m 755 -- $(MODULE) "$$VMEM_LUA_CDIR"
	install -m 755 -- bin/vmem "$$VMEM_BIN_DIR"

uninstall: ## take away what install put there
	rm -rf -- "$$VMEM_LUA_DIR" "$$VMEM_LUA_CDIR"
	rm -f -- "$$VMEM_BIN_DIR/vmem"

clean: ## remove what was built
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile | expand -t 24
