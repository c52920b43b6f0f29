rockspec_format = "3.0"
package = "vmem-command"
version = "scm-1"

source = {
  url = "git+https://github.com/vmem-lua/vmem.git",
  branch = "main",
}

description = {
  summary = "The vmem command: pictures of memory, recordings of scripts, and examples",
  detailed = [[
    Shows the address space of a process, runs scripts and records what they do to memory, and has the
    examples of the library vmem. It has no module for scripts.
  ]],
  homepage = "https://github.com/vmem-lua/vmem",
  issues_url = "https://github.com/vmem-lua/vmem/issues",
  license = "MIT",
  labels = { "memory", "virtual-memory", "paging", "education", "commandline" },
}

-- The command uses internal modules of the library, and so that of the same version.
dependencies = { "lua >= 5.4, < 5.6", "vmem == scm", "argparse >= 0.7", "dkjson >= 2.5" }

-- The builtin type would install the folder lua/ as well, which is the library.
build = {
  type = "none",
  copy_directories = { "share" }, -- the manual page, and the completion for bash
  install = {
    bin = { vmem = "bin/vmem" },
    lua = {
      ["vmem.command"] = "command/vmem/command.lua",
      ["vmem.command.bench"] = "command/vmem/command/bench.lua",
      ["vmem.command.changes"] = "command/vmem/command/changes.lua",
      ["vmem.command.completion"] = "command/vmem/command/completion.lua",
      ["vmem.command.describe"] = "command/vmem/command/describe.lua",
      ["vmem.command.example"] = "command/vmem/command/example.lua",
      ["vmem.command.info"] = "command/vmem/command/info.lua",
      ["vmem.command.man"] = "command/vmem/command/man.lua",
      ["vmem.command.map"] = "command/vmem/command/map.lua",
      ["vmem.command.map_diff"] = "command/vmem/command/map_diff.lua",
      ["vmem.command.map_json"] = "command/vmem/command/map_json.lua",
      ["vmem.command.map_view"] = "command/vmem/command/map_view.lua",
      ["vmem.command.map_watch"] = "command/vmem/command/map_watch.lua",
      ["vmem.command.output"] = "command/vmem/command/output.lua",
      ["vmem.command.run"] = "command/vmem/command/run.lua",
      ["vmem.examples.alias"] = "examples/alias.lua",
      ["vmem.examples.arena"] = "examples/arena.lua",
      ["vmem.examples.banks"] = "examples/banks.lua",
      ["vmem.examples.cut_file"] = "examples/cut_file.lua",
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
      ["vmem.examples.d13_demand_paging"] = "examples/d13_demand_paging.lua",
      ["vmem.examples.d14_terabyte"] = "examples/d14_terabyte.lua",
      ["vmem.examples.demo"] = "examples/demo.lua",
      ["vmem.examples.kept"] = "examples/kept.lua",
      ["vmem.examples.machine"] = "examples/machine.lua",
      ["vmem.examples.machine.assembler"] = "examples/machine/assembler.lua",
      ["vmem.examples.machine.banks"] = "examples/machine/banks.lua",
      ["vmem.examples.machine.board"] = "examples/machine/board.lua",
      ["vmem.examples.machine.cpu"] = "examples/machine/cpu.lua",
      ["vmem.examples.machine.instructions"] = "examples/machine/instructions.lua",
      ["vmem.examples.machine.programs"] = "examples/machine/programs.lua",
      ["vmem.examples.mapped"] = "examples/mapped.lua",
      ["vmem.examples.miss_curves"] = "examples/miss_curves.lua",
      ["vmem.examples.pager_async"] = "examples/pager_async.lua",
      ["vmem.examples.pager_redis"] = "examples/pager_redis.lua",
      ["vmem.examples.record_d06"] = "examples/record_d06.lua",
      ["vmem.examples.ring"] = "examples/ring.lua",
      ["vmem.examples.secret"] = "examples/secret.lua",
      ["vmem.examples.shared_counter"] = "examples/shared_counter.lua",
      ["vmem.examples.stack"] = "examples/stack.lua",
      ["vmem.examples.views_win32"] = "examples/views_win32.lua",
    },
  },
}
