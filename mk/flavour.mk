# $(eval $(call flavour,FOLDER,COMMAND)): an object FOLDER/a/b.o comes from a/b.c, compiled by COMMAND.
# $(call objects,FOLDER,FILES): the objects of C files there.

define flavour
$(1)/%.o: %.c
	@mkdir -p $$(@D)
	@echo "  cc $$<"
	@$(2) -MMD -MP -c -o $$@ $$<
endef

objects = $(patsubst %.c,$(1)/%.o,$(2))
