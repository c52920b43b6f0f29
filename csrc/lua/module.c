/* module.c: the module vmem.core. */
#include "lua/binding.h"

#include "lua/slot.h"
#include "os/os.h"

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* {====== The state's space ====== */

typedef struct l_space_object {
  l_object object;
  vm_space *space;
  l_chunk *book;
  void *innermost; /* of whole.c */
} l_space_object;

_Static_assert(sizeof(l_space_object) <= L_OBJECT_SIZE, "it has its place");

static void end_space(lua_State *L, l_object *object) {
  vm_space *space = ((l_space_object *)object)->space;
  (void)L;
  if (space != NULL) vm_space_drop(space);
}

static const char closed[] =
    "vmem is closed: the state is closing, or its entry in the registry is gone";

const l_class l_space_class = {.name = "vmem.space", .over = closed, .end = end_space};

static const char space_key = 0; /* its address is a registry key */

static const l_space_object *get_space(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &space_key);
  const l_space_object *object = l_test(L, -1, &l_space_class);
  lua_pop(L, 1);
  return object;
}

static const l_space_object *check_space(lua_State *L) {
  const l_space_object *object = get_space(L);
  if (object == NULL) l_error(L, closed);
  return object;
}

void **l_push_innermost(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &space_key);
  l_space_object *object = l_test(L, -1, &l_space_class);
  return object != NULL ? &object->innermost : NULL;
}

vm_space *l_space(lua_State *L) { return check_space(L)->space; }

l_chunk *l_book(lua_State *L) { return check_space(L)->book; }

static void open_space(lua_State *L) {
  static const luaL_Reg none[] = {
      {NULL, NULL},
  };
  l_newclass(L, &l_space_class, none, none, none, NULL);
  lua_pop(L, 1);
  if (get_space(L) != NULL) return; /* loaded before, and regions may live */
  l_space_object *object = l_new(L, &l_space_class);
  object->book = l_book_of(lua_touserdata(L, -1));
  object->innermost = NULL;
  object->space = vm_space_new();
  if (object->space == NULL) l_error(L, "not enough memory");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &space_key);
}

/* ====== } */

/* vmem.faults() */
static int l_faults(lua_State *L) {
  uint64_t minor, major;
  vm_error error = os_faults(&minor, &major);
  if (error != VM_OK) return l_refuse(L, error, NULL, "count page faults");
  lua_pushinteger(L, (lua_Integer)minor);
  lua_pushinteger(L, (lua_Integer)major);
  return 2;
}

static const luaL_Reg functions[] = {
    {"allocate", l_allocate}, {"areas", l_areas},     {"at", l_at},       {"faults", l_faults},
    {"on_fault", l_on_fault}, {"peek", l_peek},       {"query", l_query}, {"read", l_read},
    {"regions", l_regions},   {"reserve", l_reserve}, {"write", l_write}, {NULL, NULL},
};

/* Pushes what becomes the module vmem. */
static void open_module(lua_State *L) {
  const os_limits *limits = os_get_limits();
  luaL_newlib(L, functions);
  lua_pushinteger(L, (lua_Integer)limits->page_size);
  lua_setfield(L, -2, "page_size");
  lua_pushinteger(L, (lua_Integer)limits->granularity);
  lua_setfield(L, -2, "allocation_granularity");
  lua_pushinteger(L, (lua_Integer)limits->lowest);
  lua_setfield(L, -2, "lowest_address");
  if (limits->highest != 0) { /* else the system hides it */
    lua_pushinteger(L, (lua_Integer)limits->highest - 1);
    lua_setfield(L, -2, "highest_address");
  }
  lua_pushstring(L, os_name);
  lua_setfield(L, -2, "system");
}

/* Characters across the terminal that standard output goes to; nil when it is none. */
static int terminal_width(lua_State *L) {
  size_t width = os_terminal_width();
  if (width == 0) return 0;
  lua_pushinteger(L, (lua_Integer)width);
  return 1;
}

/* { { name, why it is missing or nil }, … } */
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

/* Seconds of a clock that only goes forward. */
static int now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)os_now() / 1e9);
  return 1;
}

static int process_id(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)os_process_id());
  return 1;
}

/* What vmem's own Lua files need, and nobody else. */
static const luaL_Reg inner[] = {
    {"blame", l_blame},
    {"call_protected", l_call_protected},
    {"columns", l_columns},
    {"now", now},
    {"offers", offers},
    {"on_last", l_on_last},
    {"overflow", l_overflow},
    {"own_file", l_own_file},
    {"process_id", process_id},
    {"terminal_width", terminal_width},
    {NULL, NULL},
};

EXPORT int luaopen_vmem_core(lua_State *L);

/* Gives { module = …, region_methods = …, recorder = …, … }: the public functions, a table where Lua
** files add methods of regions, and what vmem's own Lua files need. */
EXPORT int luaopen_vmem_core(lua_State *L) {
  static const char loaded = 0; /* its address is a registry key */
  luaL_checkversion(L);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &loaded) == LUA_TTABLE)
    return 1; /* with what Lua files added */
  lua_pop(L, 1);
  l_learn_stack(L);
  open_space(L);
  os_take_room();
  l_keep_words(L);
  l_open_region(L);
  l_open_page(L);
  l_open_view(L);
  l_open_fault(L);
  l_open_pack(L);
  l_open_file(L);
  l_open_area(L);
  luaL_newlib(L, inner);
  l_open_whole(L);
  open_module(L);
  lua_setfield(L, -2, "module");
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
