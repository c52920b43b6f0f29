# vmem: `make demo` shows it, `make test` tries it. `make help` lists the rest.
#
# LUA=lua5.5   is for that Lua; mk/lua.mk says more
# OS=posix     builds the plain POSIX system file instead of this system's own
# BUILD=folder builds there; CC, CFLAGS and LDFLAGS as usual

include mk/lua.mk

UNAME  := $(shell uname -s)
OS     := $(if $(filter Linux,$(UNAME)),linux,posix)
BUILD  ?= build$(if $(filter 5.4,$(LUA_V)),,/lua$(LUA_V))$(if $(filter linux,$(OS)),,/$(OS))
PREFIX ?= /usr/local

# Targets of make are words: it cannot build into a folder of any name.
ifneq ($(words $(value BUILD))$(strip $(foreach odd,$$ ' " ; & | < > ( ) * ? ` \ : = %,$(findstring $(odd),$(value BUILD))) $(filter -%,$(value BUILD))),1)
  ifneq ($(origin BUILD),file)
    $(error BUILD must be a word that the shell takes as it is, not "$(value BUILD)")
  endif
endif

CSTD     := -std=c11
WARNINGS  = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes $(WERROR)
CFLAGS   ?= -O2 -g
SHARED   := $(if $(filter Darwin,$(UNAME)),-bundle -undefined dynamic_lookup,-shared)
COMPILE   = $(CC) $(CSTD) $(WARNINGS) $(CFLAGS) -pthread -fPIC -fvisibility=hidden -Icsrc $(LUA_INC)

# A warning of the compiler ends the checks, all of .ci/run with them. It does not end what users call: their compiler
# may know warnings that no developer has seen.
FOR_USERS := all demo test specs run prompt vmem manual playground install uninstall share rockspecs clean help
WERROR    ?= $(if $(filter-out $(FOR_USERS),$(MAKECMDGOALS)),-Werror)
export WERROR

include csrc/sources.mk
include mk/flavour.mk
OBJECTS := $(call objects,$(BUILD)/obj,$(call module,$(OS)))
MODULE  := $(BUILD)/vmem/core.so

comma   := ,

.PHONY: all demo test specs run prompt vmem install uninstall share rockspecs clean help tools-build tools-test

all: $(MODULE) ## build the module

$(MODULE): $(OBJECTS)
	@mkdir -p $(@D)
	@echo "  link $@"
	@$(CC) $(CFLAGS) -pthread $(SHARED) $(LDFLAGS) -o $@ $^

$(eval $(call flavour,$(BUILD)/obj,$$(COMPILE)))
-include $(OBJECTS:.o=.d)

# {====== What the machine needs ======

# $(call need,PROGRAMS THAT MUST BE THERE,DEBIAN PACKAGES THAT BRING THEM)
need = @./tools/need "$(1)" "$(2)"

tools-build:
	$(call need,$(CC) $(LUA) $(LUA_HEADERS) linux-headers,gcc libc6-dev linux-libc-dev pkg-config lua$(LUA_V) liblua$(LUA_V)-dev)

tools-test: tools-build
	$(call need,$(if $(filter 5.4,$(LUA_V)),busted) $(LUA):luassert $(LUA):argparse $(LUA):dkjson,lua-busted lua-argparse lua-dkjson)
	@./tools/need "redis-server $(LUA):socket" "redis-server lua-socket" || \
	  echo "vmem.pager.redis: NOT TESTED: it takes redis-server and LuaSocket"
	@./tools/need "localedef locale-sources" "locales" || echo "other locales: NOT TESTED: Debian's package locales has them"

# ====== }

demo: tools-build ## install what is missing, build, show vmem in forty lines; ALL=1 for every listing
	@$(MAKE) -s all
	@$(RUN) $(LUA) $(if $(ALL),examples/listings.lua,examples/demo.lua $(BUILD)/demo.html)
	@$(if $(ALL),,echo "make demo ALL=1 runs every listing of the documents. README.md says what else there is.")

test: tools-test ## install what is missing, build, run the specs, or SPECS="files"
	@$(MAKE) -s specs

specs: all modules-built
	@$(call specs,$(BUILD))

# $(call specs,FOLDER): runs the specs with what was built there. By busted, where this Lua has it: Debian's is for
# Lua 5.4; else, or with BUSTED=no, by a script that has the part of it that they use, and takes half of the time.
SPECS := $(sort $(wildcard spec/*/*_spec.lua))
specs  = export LUA=$(LUA) LUA_INIT_$(LUA_ID)= VMEM_BUILD=$(1); \
  if [ '$(BUSTED)' != no ] && $(LUA) -e 'require "busted.runner"' 2>/dev/null; then busted $(SPECS); \
  else $(LUA) spec/support/run.lua $(SPECS); fi

include spec/support/support.mk spec/trust/trust.mk tools/analyse.mk tools/windows.mk tools/lua55.mk tools/musl.mk \
  tools/kernels.mk tools/manual.mk bench/bench.mk playground/playground.mk

run: export VMEM_SCRIPT = $(SCRIPT)
run: all ## make run SCRIPT=file.lua ARGS='…': run a script with what was built
	@$(RUN) $(LUA) -- "$$VMEM_SCRIPT" $(ARGS)

prompt: all ## Lua's prompt, with vmem loaded from what was built
	@$(RUN) $(LUA) -i -l vmem

vmem: all ## make vmem ARGS='map': the vmem command, with what was built
	@VMEM_BUILD=$(BUILD) $(LUA) bin/vmem $(ARGS)

# Folders of any name: they reach the shell by the environment, as they are. A "$" means something to make
# itself, before anything here sees it: such a name is refused before anything is done.
ifneq ($(filter install uninstall,$(MAKECMDGOALS)),)
  $(foreach name,DESTDIR PREFIX,$(if $(findstring $$,$(value $(name))), \
    $(error $(name) has a dollar sign in it, which make takes for a variable: choose a folder without)))
endif

LUA_DIR  := $(DESTDIR)$(PREFIX)/share/lua/$(LUA_V)/vmem
LUA_CDIR := $(DESTDIR)$(PREFIX)/lib/lua/$(LUA_V)/vmem
BIN_DIR  := $(DESTDIR)$(PREFIX)/bin
MAN_DIR  := $(DESTDIR)$(PREFIX)/share/man/man1
BASH_DIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
install uninstall: export VMEM_LUA_DIR = $(LUA_DIR)
install uninstall: export VMEM_LUA_CDIR = $(LUA_CDIR)
install uninstall: export VMEM_BIN_DIR = $(BIN_DIR)
install uninstall: export VMEM_MAN_DIR = $(MAN_DIR)
install uninstall: export VMEM_BASH_DIR = $(BASH_DIR)

# The folders below lua/vmem, two levels deep at most.
LUA_FOLDERS := $(sort $(patsubst lua/vmem/%/,%,$(dir $(wildcard lua/vmem/*/*.lua lua/vmem/*/*/*.lua))))

install: all ## install into PREFIX (/usr/local)
	install -d -- "$$VMEM_LUA_DIR" "$$VMEM_LUA_DIR/examples/machine" "$$VMEM_LUA_CDIR" "$$VMEM_BIN_DIR"
	install -m 644 -- $(wildcard lua/vmem/*.lua) "$$VMEM_LUA_DIR"
	for folder in $(LUA_FOLDERS); do \
	  install -d -- "$$VMEM_LUA_DIR/$$folder" && \
	  install -m 644 -- lua/vmem/$$folder/*.lua "$$VMEM_LUA_DIR/$$folder" || exit 1; \
	done
	install -d -- "$$VMEM_LUA_DIR/command"
	install -m 644 -- command/vmem/command.lua "$$VMEM_LUA_DIR"
	install -m 644 -- $(wildcard command/vmem/command/*.lua) "$$VMEM_LUA_DIR/command"
	install -m 644 -- $(filter-out %/listings.lua,$(wildcard examples/*.lua)) "$$VMEM_LUA_DIR/examples"
	install -m 644 -- $(wildcard examples/machine/*.lua) "$$VMEM_LUA_DIR/examples/machine"
	install -m 755 -- $(MODULE) "$$VMEM_LUA_CDIR"
	install -m 755 -- bin/vmem "$$VMEM_BIN_DIR"
	sed '1s|.*|#!$(if $(findstring /,$(LUA)),$(abspath $(LUA)),/usr/bin/env $(LUA))|' bin/vmem >"$$VMEM_BIN_DIR/vmem"
	install -d -- "$$VMEM_MAN_DIR" "$$VMEM_BASH_DIR"
	install -m 644 -- share/man/man1/vmem.1 "$$VMEM_MAN_DIR"
	install -m 644 -- share/bash-completion/completions/vmem "$$VMEM_BASH_DIR"

uninstall: ## take away what install put there
	rm -rf -- "$$VMEM_LUA_DIR" "$$VMEM_LUA_CDIR"
	rm -f -- "$$VMEM_BIN_DIR/vmem" "$$VMEM_MAN_DIR/vmem.1" "$$VMEM_BASH_DIR/vmem"

# A rock has no step that could make them, so they are kept with the sources.
share: all ## write the command's manual page and its completion for bash again, after its options have changed
	@VMEM_BUILD='$(BUILD)' $(LUA) bin/vmem man >share/man/man1/vmem.1
	@VMEM_BUILD='$(BUILD)' $(LUA) bin/vmem completion bash >share/bash-completion/completions/vmem

rockspecs: ## write the rockspecs of this version into build/rockspecs
	@mkdir -p build/rockspecs
	@$(RUN) $(LUA) tools/rockspecs.lua build/rockspecs

clean: ## remove what was built
	rm -rf build

help: ## this list
	@sed -n 's/^\([a-z0-9.-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 24
