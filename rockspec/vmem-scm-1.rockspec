rockspec_format = "3.0"
package = "vmem"
version = "scm-1"

source = {
  url = "git+https://github.com/vmem-lua/vmem.git",
  branch = "main",
}

description = {
  summary = "Virtual memory for Lua: reserve, commit, protect, query, and catch page faults",
  detailed = [[
    Gives a Lua script what VirtualAlloc gives a C program: reserve address space, commit pages in
    it, decommit, protect, query, release, and survive touching a page that is not there.
  ]],
  license = "MIT",
  labels = { "memory", "mmap", "virtualalloc", "os" },
}

-- The last two are for the vmem command alone: the library loads without them. vmem.pager.redis, and nothing
-- else, wants luasocket besides; whoever uses it installs it.
dependencies = { "lua >= 5.4", "argparse >= 0.7", "dkjson >= 2.5" }

local function core(...)
  return {
    sources = {
      "csrc/pagetable.c", "csrc/space.c", "csrc/pages.c", "csrc/region.c", "csrc/commit.c",
      "csrc/os_list.c", "csrc/os_wipe.c", "csrc/record.c", "csrc/wipe.c",
      "csrc/lua_answer.c", "csrc/lua_area.c", "csrc/lua_args.c", "csrc/lua_bytes.c",
      "csrc/lua_element.c", "csrc/lua_fault.c", "csrc/lua_file.c", "csrc/lua_find.c",
      "csrc/lua_object.c", "csrc/lua_pack.c", "csrc/lua_page.c", "csrc/lua_recorder.c",
      "csrc/lua_region.c", "csrc/lua_sparse.c", "csrc/lua_stack.c", "csrc/lua_verbs.c",
      "csrc/lua_view.c", "csrc/lua_view_bulk.c", "csrc/lua_view_sum.c", "csrc/lua_vmem.c", ...,
    },
  }
end

build = {
  type = "builtin",
  modules = {
    ["vmem"] = "lua/vmem/init.lua",
    ["vmem.arena"] = "lua/vmem/arena.lua",
    ["vmem.checks"] = "lua/vmem/checks.lua",
    ["vmem.command"] = "lua/vmem/command.lua",
    ["vmem.command.bench"] = "lua/vmem/command/bench.lua",
    ["vmem.command.example"] = "lua/vmem/command/example.lua",
    ["vmem.command.info"] = "lua/vmem/command/info.lua",
    ["vmem.command.map"] = "lua/vmem/command/map.lua",
    ["vmem.command.run"] = "lua/vmem/command/run.lua",
    ["vmem.draw.colours"] = "lua/vmem/draw/colours.lua",
    ["vmem.draw.fold"] = "lua/vmem/draw/fold.lua",
    ["vmem.draw.layout_svg"] = "lua/vmem/draw/layout_svg.lua",
    ["vmem.draw.layout_text"] = "lua/vmem/draw/layout_text.lua",
    ["vmem.draw.map_svg"] = "lua/vmem/draw/map_svg.lua",
    ["vmem.draw.map_text"] = "lua/vmem/draw/map_text.lua",
    ["vmem.draw.layered"] = "lua/vmem/draw/layered.lua",
    ["vmem.draw.marks"] = "lua/vmem/draw/marks.lua",
    ["vmem.draw.memory_svg"] = "lua/vmem/draw/memory_svg.lua",
    ["vmem.draw.memory_text"] = "lua/vmem/draw/memory_text.lua",
    ["vmem.draw.owners"] = "lua/vmem/draw/owners.lua",
    ["vmem.draw.pagetable_svg"] = "lua/vmem/draw/pagetable_svg.lua",
    ["vmem.draw.pagetable_text"] = "lua/vmem/draw/pagetable_text.lua",
    ["vmem.draw.pagetable_words"] = "lua/vmem/draw/pagetable_words.lua",
    ["vmem.draw.plot_scale"] = "lua/vmem/draw/plot_scale.lua",
    ["vmem.draw.plot_svg"] = "lua/vmem/draw/plot_svg.lua",
    ["vmem.draw.plot_text"] = "lua/vmem/draw/plot_text.lua",
    ["vmem.draw.svg"] = "lua/vmem/draw/svg.lua",
    ["vmem.draw.terminal"] = "lua/vmem/draw/terminal.lua",
    ["vmem.draw.translation_svg"] = "lua/vmem/draw/translation_svg.lua",
    ["vmem.draw.translation_text"] = "lua/vmem/draw/translation_text.lua",
    ["vmem.draw.translation_words"] = "lua/vmem/draw/translation_words.lua",
    ["vmem.draw.units"] = "lua/vmem/draw/units.lua",
    ["vmem.examples.arena"] = "examples/arena.lua",
    ["vmem.examples.d01_address_space"] = "examples/d01_address_space.lua",
    ["vmem.examples.d02_reserve_at_address"] = "examples/d02_reserve_at_address.lua",
    ["vmem.examples.d02_win32"] = "examples/d02_win32.lua",
    ["vmem.examples.d03_reserve_elsewhere"] = "examples/d03_reserve_elsewhere.lua",
    ["vmem.examples.d03_win32"] = "examples/d03_win32.lua",
    ["vmem.examples.d04_commit_one_page"] = "examples/d04_commit_one_page.lua",
    ["vmem.examples.d04_win32"] = "examples/d04_win32.lua",
    ["vmem.examples.d05_cells_reserved_only"] = "examples/d05_cells_reserved_only.lua",
    ["vmem.examples.d05_win32"] = "examples/d05_win32.lua",
    ["vmem.examples.d06_commit_on_fault"] = "examples/d06_commit_on_fault.lua",
    ["vmem.examples.d06_win32"] = "examples/d06_win32.lua",
    ["vmem.examples.d07_cell_sizes"] = "examples/d07_cell_sizes.lua",
    ["vmem.examples.d08_state_and_protection"] = "examples/d08_state_and_protection.lua",
    ["vmem.examples.d09_page_sizes"] = "examples/d09_page_sizes.lua",
    ["vmem.examples.d10_page_table"] = "examples/d10_page_table.lua",
    ["vmem.examples.d11_fragmentation"] = "examples/d11_fragmentation.lua",
    ["vmem.examples.d12_allocate"] = "examples/d12_allocate.lua",
    ["vmem.examples.d12_win32"] = "examples/d12_win32.lua",
    ["vmem.examples.d14_terabyte"] = "examples/d14_terabyte.lua",
    ["vmem.examples.d13_demand_paging"] = "examples/d13_demand_paging.lua",
    ["vmem.examples.pager_async"] = "examples/pager_async.lua",
    ["vmem.examples.pager_redis"] = "examples/pager_redis.lua",
    ["vmem.examples.miss_curves"] = "examples/miss_curves.lua",
    ["vmem.examples.record_d06"] = "examples/record_d06.lua",
    ["vmem.examples.stack"] = "examples/stack.lua",
    ["vmem.examples.secret"] = "examples/secret.lua",
    ["vmem.layout"] = "lua/vmem/layout.lua",
    ["vmem.map"] = "lua/vmem/map.lua",
    ["vmem.pager"] = "lua/vmem/pager.lua",
    ["vmem.pager.access"] = "lua/vmem/pager/access.lua",
    ["vmem.pager.blame"] = "lua/vmem/pager/blame.lua",
    ["vmem.pager.checksum"] = "lua/vmem/pager/checksum.lua",
    ["vmem.pager.file"] = "lua/vmem/pager/file.lua",
    ["vmem.pager.flights"] = "lua/vmem/pager/flights.lua",
    ["vmem.pager.frames"] = "lua/vmem/pager/frames.lua",
    ["vmem.pager.options"] = "lua/vmem/pager/options.lua",
    ["vmem.pager.redis"] = "lua/vmem/pager/redis.lua",
    ["vmem.pager.redis_node"] = "lua/vmem/pager/redis_node.lua",
    ["vmem.pager.redis_nodes"] = "lua/vmem/pager/redis_nodes.lua",
    ["vmem.pager.redis_slot"] = "lua/vmem/pager/redis_slot.lua",
    ["vmem.pager.resp"] = "lua/vmem/pager/resp.lua",
    ["vmem.pager.slots"] = "lua/vmem/pager/slots.lua",
    ["vmem.pager.sync"] = "lua/vmem/pager/sync.lua",
    ["vmem.pagetable"] = "lua/vmem/pagetable.lua",
    ["vmem.paging"] = "lua/vmem/paging.lua",
    ["vmem.paging.buddy"] = "lua/vmem/paging/buddy.lua",
    ["vmem.paging.check"] = "lua/vmem/paging/check.lua",
    ["vmem.paging.compare"] = "lua/vmem/paging/compare.lua",
    ["vmem.paging.contiguous"] = "lua/vmem/paging/contiguous.lua",
    ["vmem.paging.distances"] = "lua/vmem/paging/distances.lua",
    ["vmem.paging.frames"] = "lua/vmem/paging/frames.lua",
    ["vmem.paging.memory"] = "lua/vmem/paging/memory.lua",
    ["vmem.paging.misses"] = "lua/vmem/paging/misses.lua",
    ["vmem.paging.mmu"] = "lua/vmem/paging/mmu.lua",
    ["vmem.paging.optimal"] = "lua/vmem/paging/optimal.lua",
    ["vmem.paging.paged"] = "lua/vmem/paging/paged.lua",
    ["vmem.paging.sizes"] = "lua/vmem/paging/sizes.lua",
    ["vmem.paging.tlb"] = "lua/vmem/paging/tlb.lua",
    ["vmem.paging.trace"] = "lua/vmem/paging/trace.lua",
    ["vmem.paging.translation"] = "lua/vmem/paging/translation.lua",
    ["vmem.paging.tree"] = "lua/vmem/paging/tree.lua",
    ["vmem.recorder"] = "lua/vmem/recorder.lua",
    ["vmem.recorder.css"] = "lua/vmem/recorder/css.lua",
    ["vmem.recorder.html"] = "lua/vmem/recorder/html.lua",
    ["vmem.recorder.js_draw"] = "lua/vmem/recorder/js_draw.lua",
    ["vmem.recorder.js_show"] = "lua/vmem/recorder/js_show.lua",
    ["vmem.recorder.js_story"] = "lua/vmem/recorder/js_story.lua",
    ["vmem.recorder.js_table"] = "lua/vmem/recorder/js_table.lua",
    ["vmem.recorder.page"] = "lua/vmem/recorder/page.lua",
    ["vmem.replacement"] = "lua/vmem/replacement.lua",
    ["vmem.stack"] = "lua/vmem/stack.lua",
    ["vmem.secret"] = "lua/vmem/secret.lua",
    ["vmem.secret.arguments"] = "lua/vmem/secret/arguments.lua",
    ["vmem.sparse"] = "lua/vmem/sparse.lua",
    ["vmem.sparse.kinds"] = "lua/vmem/sparse/kinds.lua",
    ["vmem.sparse.walk"] = "lua/vmem/sparse/walk.lua",
    ["vmem.types"] = "lua/vmem/types.lua",
    ["vmem.win32"] = "lua/vmem/win32.lua",
    ["vmem.win32.constants"] = "lua/vmem/win32/constants.lua",
    ["vmem.win32.try"] = "lua/vmem/win32/try.lua",
    ["vmem.core"] = core("csrc/os_unix.c", "csrc/os_posix.c", "csrc/os_markerless.c"),
  },
  install = { bin = { vmem = "bin/vmem" } },
  platforms = {
    windows = { modules = { ["vmem.core"] = core("csrc/os_windows.c", "csrc/os_markerless.c") } },
    linux = {
      modules = {
        ["vmem.core"] = core(
          "csrc/os_unix.c", "csrc/os_linux.c", "csrc/os_linux_areas.c", "csrc/os_linux_mark.c",
          "csrc/os_linux_missing.c", "csrc/os_linux_pagemap.c", "csrc/os_linux_resident.c"
          "csrc/os_unix.c", "csrc/os_linux.c", "csrc/os_linux_areas.c", "csrc/os_linux_conceal.c",
          "csrc/os_linux_mark.c", "csrc/os_linux_resident.c"
        ),
      },
    },
  },
}

test = { type = "busted" }
