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

dependencies = { "lua >= 5.4" }

local function core(...)
  return {
    sources = {
      "csrc/pagetable.c", "csrc/space.c", "csrc/pages.c", "csrc/region.c", "csrc/commit.c",
      "csrc/os_list.c", "csrc/record.c",
      "csrc/lua_answer.c", "csrc/lua_area.c", "csrc/lua_args.c", "csrc/lua_bytes.c",
      "csrc/lua_element.c", "csrc/lua_fault.c", "csrc/lua_file.c", "csrc/lua_find.c",
      "csrc/lua_object.c", "csrc/lua_pack.c", "csrc/lua_page.c", "csrc/lua_recorder.c",
      "csrc/lua_region.c", "csrc/lua_stack.c", "csrc/lua_verbs.c", "csrc/lua_view.c",
      "csrc/lua_view_bulk.c", "csrc/lua_view_sum.c", "csrc/lua_vmem.c", ...,
    },
  }
end

build = {
  type = "builtin",
  modules = {
    ["vmem"] = "lua/vmem/init.lua",
    ["vmem.draw.colours"] = "lua/vmem/draw/colours.lua",
    ["vmem.draw.fold"] = "lua/vmem/draw/fold.lua",
    ["vmem.draw.layout_svg"] = "lua/vmem/draw/layout_svg.lua",
    ["vmem.draw.layout_text"] = "lua/vmem/draw/layout_text.lua",
    ["vmem.draw.map_svg"] = "lua/vmem/draw/map_svg.lua",
    ["vmem.draw.map_text"] = "lua/vmem/draw/map_text.lua",
    ["vmem.draw.marks"] = "lua/vmem/draw/marks.lua",
    ["vmem.draw.pagetable_svg"] = "lua/vmem/draw/pagetable_svg.lua",
    ["vmem.draw.pagetable_text"] = "lua/vmem/draw/pagetable_text.lua",
    ["vmem.draw.pagetable_words"] = "lua/vmem/draw/pagetable_words.lua",
    ["vmem.draw.svg"] = "lua/vmem/draw/svg.lua",
    ["vmem.draw.terminal"] = "lua/vmem/draw/terminal.lua",
    ["vmem.draw.units"] = "lua/vmem/draw/units.lua",
    ["vmem.layout"] = "lua/vmem/layout.lua",
    ["vmem.map"] = "lua/vmem/map.lua",
    ["vmem.pagetable"] = "lua/vmem/pagetable.lua",
    ["vmem.recorder"] = "lua/vmem/recorder.lua",
    ["vmem.recorder.css"] = "lua/vmem/recorder/css.lua",
    ["vmem.recorder.html"] = "lua/vmem/recorder/html.lua",
    ["vmem.recorder.js_draw"] = "lua/vmem/recorder/js_draw.lua",
    ["vmem.recorder.js_show"] = "lua/vmem/recorder/js_show.lua",
    ["vmem.recorder.js_story"] = "lua/vmem/recorder/js_story.lua",
    ["vmem.recorder.js_table"] = "lua/vmem/recorder/js_table.lua",
    ["vmem.recorder.page"] = "lua/vmem/recorder/page.lua",
    ["vmem.types"] = "lua/vmem/types.lua",
    ["vmem.win32"] = "lua/vmem/win32.lua",
    ["vmem.win32.constants"] = "lua/vmem/win32/constants.lua",
    ["vmem.win32.try"] = "lua/vmem/win32/try.lua",
    ["vmem.core"] = core("csrc/os_unix.c", "csrc/os_posix.c", "csrc/os_markerless.c"),
  },
  platforms = {
    windows = { modules = { ["vmem.core"] = core("csrc/os_windows.c", "csrc/os_markerless.c") } },
    linux = {
      modules = {
        ["vmem.core"] = core(
          "csrc/os_unix.c", "csrc/os_linux.c", "csrc/os_linux_areas.c", "csrc/os_linux_mark.c",
          "csrc/os_linux_resident.c"
        ),
      },
    },
  },
}

test = { type = "busted" }
