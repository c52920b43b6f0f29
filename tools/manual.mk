# The manual as one page of HTML, with its pictures inside. pandoc makes it.

.PHONY: manual tools-manual

MANUAL       := $(BUILD)/manual.html
MANUAL_PAGES := README.md docs/documents.md docs/fork.md $(sort $(wildcard docs/manual/*.md docs/lessons/*.md))

tools-manual: tools-build
	$(call need,pandoc,pandoc)

manual: tools-manual ## the manual as one page, build/manual.html: its links lead somewhere, it needs no network
	@mkdir -p $(BUILD)
	@pandoc --from gfm --to html5 --self-contained --fail-if-warnings --toc --toc-depth 3 \
	  --metadata pagetitle='The manual of vmem' --lua-filter tools/manual/pages.lua --template tools/manual/page.html \
	  --output $(MANUAL) $(MANUAL_PAGES)
	@$(LUA) tools/manual/check.lua $(MANUAL) $(MANUAL_PAGES)
