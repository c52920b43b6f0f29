/* module.c: luaopen_vmem_core: puts the module together from the lists of methods and functions. */
#include "lua/classes.h"
#include "lua/fast_arguments.h"
#include "lua/live_regions.h"
#include "lua/plain.h"
#include "lua/state.h"
#include "lua/steps.h"
#include "lua/told.h"
#include "lua/whole.h"
#include "os/os.h"

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* vmem.faults() */
static int faults(lua_State *L) {
  uint64_t minor, major;
  vm_error error = os_faults(&minor, &major);
  if (error != VM_OK) return l_refuse(L, error, NULL, "count page faults");
  lua_pushinteger(L, (lua_Integer)minor);
  lua_pushinteger(L, (lua_Integer)major);
  return 2;
}

static const luaL_Reg module_functions[] = {
    {"allocate", l_allocate},
    {"areas", l_areas},
    {"at", l_at},
    {"faults", faults},
    {"on_fault", l_on_fault},
    {"peek", l_peek},
    {"query", l_query},
    {"read", l_read},
    {"regions", l_regions},
    {"reserve", l_reserve},
    {"section", l_new_section},
    {"write", l_write},
    {NULL, NULL},
};

/* Methods of regions and views from other files than region.c and view.c, which add their own first. */
static const luaL_Reg *const region_methods[] = {
    l_region_verbs, l_region_bytes,     l_region_find,        l_region_file,
    l_region_pack,  l_region_unpack,    l_region_handlers,    l_region_traps,
    l_region_views, l_region_snapshots, l_region_attachments, NULL,
};
static const luaL_Reg *const view_methods[] = {l_view_atomics, l_view_bulk, l_view_slices,
                                               l_view_sums, NULL};

/* Pushes the table that becomes the module vmem. */
static void open_module(lua_State *L) {
  const os_limits *limits = os_get_limits();
  luaL_newlib(L, module_functions);
  lua_pushinteger(L, (lua_Integer)limits->page_size);
  lua_setfield(L, -2, "page_size");
  lua_pushinteger(L, (lua_Integer)limits->granularity);
  lua_setfield(L, -2, "allocation_granularity");
  lua_pushinteger(L, (lua_Integer)limits->lowest);
  lua_setfield(L, -2, "lowest_address");
  if (limits->highest != 0) { /* 0: not known on this system */
    lua_pushinteger(L, (lua_Integer)limits->highest - 1);
    lua_setfield(L, -2, "highest_address");
  }
  lua_pushstring(L, os_name);
  lua_setfield(L, -2, "system");
}

/* The width of the terminal on standard output, in characters; nil if it is no terminal. */
static int terminal_width(lua_State *L) {
  size_t width = os_terminal_width();
  if (width == 0) return 0;
  lua_pushinteger(L, (lua_Integer)width);
  return 1;
}

/* { { name, the reason why it is missing, or nil }, … } */
static int offers(lua_State *L) {
  os_offer offer[OS_OFFERS];
  size_t count = os_offers(offer);
  lua_createtable(L, (int)count, 0);
  for (size_t i = 0; i < count; i++) {
    lua_createtable(L, 2, 0);
    lua_pushstring(L, offer[i].name);
    lua_rawseti(L, -2, 1);
    lua_pushstring(L, offer[i].missing); /* NULL: nil */
    lua_rawseti(L, -2, 2);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* Seconds of a clock that never goes backward. */
static int now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)os_now() / 1e9);
  return 1;
}

static int process_id(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)os_process_id());
  return 1;
}

/* For vmem's own Lua files only. */
static const luaL_Reg inner_functions[] = {
    {"acts", l_acts},
    {"blame", l_raise_at_script},
    {"call_protected", l_call_protected},
    {"cells", l_new_cells},
    {"columns", l_areas_in_columns},
    {"empty", l_empty_section},
    {"has_same_file", l_has_same_file},
    {"keep_caller", l_keep_caller},
    {"look", l_look},
    {"make_sparse", l_make_sparse},
    {"make_method", l_make_method},
    {"mix", l_mix},
    {"newest_version", l_newest_version},
    {"now", now},
    {"offers", offers},
    {"on_last", l_set_last_handler},
    {"overflow", l_set_overflow_text},
    {"own_file", l_add_own_folder},
    {"process_id", process_id},
    {"processors", l_processors},
    {"read_at", l_read_at},
    {"seek", l_seek},
    {"terminal_width", terminal_width},
    {"steps", l_steps_of},
    {"usage", l_usage},
    {NULL, NULL},
};

static void open_state(lua_State *L) {
  static const l_members none = {0};
  l_newclass(L, &l_state_class, &none);
  lua_pop(L, 1);
  if (l_state_of(L) != NULL) return; /* loaded before; regions may be live */
  l_state *state = l_new(L, &l_state_class);
  state->book = l_book_of(lua_touserdata(L, -1));
  state->innermost = NULL;
  state->space = vm_space_new();
  if (state->space == NULL) l_error(L, "not enough memory");
  l_set_state(L);
}

EXPORT int luaopen_vmem_core(lua_State *L);

/* Returns { module = …, region_methods = …, recorder = …, … }: the public functions, a table to which
** Lua files add methods of regions, and functions for vmem's own Lua files. */
EXPORT int luaopen_vmem_core(lua_State *L) {
  static const char loaded = 0; /* its address is a registry key */
  int version = (int)lua_version(L);
  if (version != LUA_VERSION_NUM)
    return luaL_error(L,
                      "vmem was built for Lua %d.%d, and this is Lua %d.%d: build it for this one",
                      LUA_VERSION_NUM / 100, LUA_VERSION_NUM % 100, version / 100, version % 100);
  luaL_checkversion(L); /* sizes of numbers */
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &loaded) == LUA_TTABLE)
    return 1; /* with the additions of Lua files */
  lua_pop(L, 1);
  l_learn_stack(L);
  open_state(L);
  os_keep_spare_mappings();
  l_intern_words(L);
  l_open_live_regions(L);
  l_open_region(L, region_methods);
  l_open_page(L);
  l_open_view(view_methods);
  l_open_fault(L);
  l_open_section(L);
  l_open_snapshot(L);
  l_open_pack(L);
  l_open_file(L);
  l_open_areas(L);
  l_open_address_space(L);
  l_open_attachments(L);
  l_open_written(L);
  l_open_access_copies(L);
  l_open_cells(L);
  luaL_newlib(L, inner_functions);
  if (os_get_limits()->end != 0) { /* 0: not known on this system */
    lua_pushinteger(L, (lua_Integer)os_get_limits()->end);
    lua_setfield(L, -2, "end_of_addresses");
  }
  l_open_whole(L);
  open_module(L);
  lua_setfield(L, -2, "module");
  l_push_told(L);
  lua_setfield(L, -2, "told");
  l_push_recorder(L);
  lua_setfield(L, -2, "recorder");
  luaL_getmetatable(L, "vmem.region");
  lua_getfield(L, -1, "__index");
  lua_getupvalue(L, -1, 1);
  lua_setfield(L, -4, "region_methods");
  lua_pop(L, 2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &loaded);
  return 1;
}
