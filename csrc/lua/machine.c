/* machine.c: the numbers of os/machine.h as tables, for vmem's own Lua files. */
#include "os/machine.h"
#include "lua/base.h"
#include "lua/classes.h"

static void set_told(lua_State *L, const char *name, uint64_t value) {
  if (value != OS_UNTOLD) l_setinteger(L, name, value);
}

/* processors(): { count, active, architecture, family, model, stepping }, as far as they are told. */
int l_processors(lua_State *L) {
  os_processors processors;
  os_processor processor;
  os_count_processors(&processors);
  os_get_processor(&processor);
  lua_createtable(L, 0, 6);
  set_told(L, "count", processors.count);
  set_told(L, "active", processors.active);
  set_told(L, "family", processor.family);
  set_told(L, "model", processor.model);
  set_told(L, "stepping", processor.stepping);
  lua_pushstring(L, processor.architecture);
  lua_setfield(L, -2, "architecture");
  return 1;
}

/* usage(): { resident, peak_resident, committed, peak_committed } in bytes, as far as they are told. Or nil,
** message, code. */
int l_usage(lua_State *L) {
  os_usage usage;
  vm_error error = os_get_usage(&usage);
  if (error != VM_OK) return l_refuse(L, error, NULL, "ask for the memory of this process");
  lua_createtable(L, 0, 4);
  set_told(L, "resident", usage.resident);
  set_told(L, "peak_resident", usage.peak_resident);
  set_told(L, "committed", usage.committed);
  set_told(L, "peak_committed", usage.peak_committed);
  return 1;
}
