# The playground: Lua and vmem in one HTML file, over a simulated machine; see docs/manual/playground.md.

.PHONY: tools-playground playground playground-page test-playground run-playground

PLAY     := build/playground
PLAY_LUA := $(PLAY)/lua/src
PLAY_C   := $(call module,simulated)

# Debian's emcc runs Debian's modules of Node, which another Node does not find by itself.
EMCC     := NODE_PATH=/usr/share/nodejs emcc
EM_C     := $(EMCC) -Oz -std=gnu11 -sSUPPORT_LONGJMP=wasm -isystem $(PLAY_LUA)
# The memory is the machine's addresses, and what Lua takes. Lua leaves errors by longjmp.
EM_LINK  := -Oz -sSUPPORT_LONGJMP=wasm -sINITIAL_MEMORY=2147418112 -sTOTAL_STACK=1048576 -sENVIRONMENT=worker \
  -sMODULARIZE=1 -sEXPORT_NAME=machine -sINVOKE_RUN=0 -sEXIT_RUNTIME=1 -sFORCE_FILESYSTEM=1 -sDYNAMIC_EXECUTION=0 \
  -sEXPORTED_RUNTIME_METHODS=FS,callMain,ENV

PLAY_LUA_C = $(filter-out %/lua.c %/luac.c,$(wildcard $(PLAY_LUA)/*.c))
PLAY_OBJ   = $(call objects,$(PLAY)/obj,playground/host.c $(PLAY_C)) $(call objects,$(PLAY)/lua-obj,$(PLAY_LUA_C))

$(eval $(call flavour,$(PLAY)/obj,$(EM_C) $$(WARNINGS) -DVM_SIMULATED -Icsrc))
$(eval $(call flavour,$(PLAY)/lua-obj,$(EM_C)))
-include $(wildcard $(PLAY)/obj/*/*/*.d)

tools-playground: tools-build
	$(call need,emcc,emscripten)

# Where the sources cannot be downloaded, a line says that there is no playground.
playground: tools-playground ## build/playground/vmem.html: Lua and vmem in a browser
	@if tools/lua-source $(PLAY); then $(MAKE) -s playground-page; else \
	  echo "playground: NOT TESTED: the source of Debian's lua5.4 cannot be had"; fi

playground-page: $(PLAY)/machine.js
	@$(LUA) playground/build.lua $(PLAY) $(PLAY)/vmem.html

$(PLAY)/machine.js: $(PLAY_OBJ) playground/playground.mk
	@echo "  link $@"
	@$(EMCC) $(EM_LINK) -o $@ $(PLAY_OBJ)

# Specs that need neither processes nor sections nor a terabyte: over the simulated machine in 64 bits, and in 32.
MACHINE_SPECS := $(wildcard $(foreach name,answer atomic bytes fits guard handler page snapshot trap view* watch,spec/region/$(name)_spec.lua))
NATIVE_SPECS  := $(MACHINE_SPECS) spec/region/property_spec.lua spec/region/simulated_spec.lua $(wildcard spec/documents/d0[2-9]_spec.lua spec/documents/d12_spec.lua)

test-playground: tools-browser tools-test playground ## specs over the simulated machine; the documents' listings in a browser
	@$(MAKE) -s all
	@for page in 4096 16384 65536; do echo "playground: pages of $$page bytes"; \
	  VMEM_MACHINE=page=$$page $(MAKE) -s OS=simulated BUILD=build/simulated test SPECS="$(NATIVE_SPECS)" BUSTED=no || exit 1; done
	@if [ -e $(PLAY)/vmem.html ]; then $(MAKE) -s run-playground; fi

run-playground: $(PLAY)/specs.js
	@node --no-experimental-fetch $< playground/test/specs.lua $(MACHINE_SPECS)
	@$(RUN) LUA=$(LUA) playground/test/run $(PLAY)/vmem.html

$(PLAY)/specs.js: $(PLAY_OBJ) playground/playground.mk
	@echo "  link $@"
	@$(EMCC) $(filter-out %FS=1 -sMODULARIZE=1 -sEXPORT_NAME=machine -sINVOKE_RUN=0 %=worker %SYSTEM=1 -Oz,$(EM_LINK)) -O1 \
	  -sENVIRONMENT=node -sNODERAWFS=1 -o $@ $(PLAY_OBJ)
