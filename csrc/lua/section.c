/* section.c: vmem.section, and the section object. */
#include "lua/section.h"

#include <string.h>

#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/slot.h"
#include "lua/weak.h"

typedef struct l_section {
  l_object object;
  vm_section *section; /* NULL: closed. The object is a holder */
  bool created;        /* by the call that gave it */
} l_section;

_Static_assert(sizeof(l_section) <= L_OBJECT_SIZE, "it must fit into a slot");

static void end_section(lua_State *L, l_object *object) {
  l_section *self = (l_section *)object;
  (void)L;
  if (self->section != NULL) vm_section_drop(self->section);
  self->section = NULL;
}

static const char closed[] = "section is closed";

static const l_class SECTION = {.name = "vmem.section", .over = closed, .end = end_section};

/* The section object at `arg`; raises if it is none, or closed. */
static l_section *check(lua_State *L, int arg) {
  l_section *self = l_check(L, arg, &SECTION);
  if (self->section == NULL) l_error(L, closed);
  return self;
}

vm_section *l_checksection(lua_State *L, int arg) { return check(L, arg)->section; }

uint64_t l_sectionsize(lua_State *L, const vm_section *section) {
  uint64_t size = os_section_size(&section->system);
  if (size == 0) l_error(L, "other code has closed the section's descriptor");
  return size;
}

/* {====== One object for each section ====== */

static const char sections = 0; /* its address is a registry key: vm_section -> userdata, weak */

/* Pushes the userdata of the section, and gives true; or pushes nothing. */
static bool push_known(lua_State *L, const vm_section *section) {
  l_push_weak(L, &sections, section);
  const l_section *self = l_test(L, -1, &SECTION);
  if (self != NULL && self->section == section) return true;
  lua_pop(L, 1);
  return false;
}

/* The attachment at `offset` of the region at `arg`; NULL if there is none, or no live region. */
static const vm_attachment *attachment_at(lua_State *L, int arg, size_t offset) {
  const l_object *object = l_test(L, arg, &l_region_class);
  bool lives = object != NULL && object->region != NULL && object->region->live;
  return lives ? vm_attachment_at(object->region, offset) : NULL;
}

const vm_attachment *l_pushsection(lua_State *L, int arg, size_t offset) {
  const vm_attachment *a = attachment_at(L, arg, offset);
  if (a != NULL && push_known(L, a->section)) return a;
  l_section *self = a != NULL ? l_new(L, &SECTION) : NULL;
  if (self != NULL) a = attachment_at(L, arg, offset); /* a finalizer may have changed it */
  if (self != NULL && a != NULL && !push_known(L, a->section)) {
    vm_section_hold(a->section);
    self->section = a->section;
    l_enter_weak(L, &sections, a->section);
    return a;
  }
  if (a == NULL) lua_pushnil(L);
  if (self != NULL)
    lua_remove(L, -2); /* there is nothing to give, or a finalizer has made its object */
  return a;
}

/* ====== } */

/* {====== vmem.section ====== */

/* The name at `arg`, of a section that other processes open. */
static const char *check_name(lua_State *L) {
  const char *name = lua_tostring(L, 1);
  size_t length = lua_rawlen(L, 1);
  if (length == 0 || length > OS_SECTION_NAME)
    l_argerror(L, 1, "a section's name has 1 to %d bytes, not %I", OS_SECTION_NAME,
               (lua_Integer)length);
  if (strlen(name) != length || strpbrk(name, "/\\") != NULL)
    l_argerror(L, 1,
               "a section's name has no '/', '\\' or zero byte; for a path give a mode: "
               "vmem.section(path, \"r+\")");
  return name;
}

static void read_option(lua_State *L, os_section_request *request) {
  bool whole;
  const char *name = l_optionname(L, 2, &whole);
  if (whole && strcmp(name, "growable") == 0) {
    request->growable = l_optionflag(L, 2, name);
  } else if (whole && strcmp(name, "executable") == 0) {
    request->executable = l_optionflag(L, 2, name);
  } else if (whole && strcmp(name, "name") == 0) {
    if (lua_type(L, -1) != LUA_TSTRING || strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1) ||
        lua_rawlen(L, -1) > OS_SECTION_NAME)
      l_argerror(L, 2, "option name must be a string of at most %d bytes without zero bytes",
                 OS_SECTION_NAME);
    request->name = lua_tostring(L, -1); /* the options table keeps it */
  } else {
    l_argerror(L, 2, "option '%s' is unknown; there are executable, growable and name", name);
  }
}

/* What is asked for: a size and options, a name and a size, or a path and a mode. */
typedef struct l_wish {
  os_section_request request;
  const char *path; /* NULL: not by a path */
  bool by_name, writable;
} l_wish;

static l_wish check_wish(lua_State *L) {
  l_wish wish = {.writable = true};
  bool text = lua_type(L, 1) == LUA_TSTRING;
  if (text && lua_type(L, 2) == LUA_TSTRING) {
    const char *mode = lua_tostring(L, 2);
    wish.path = lua_tostring(L, 1);
    wish.writable = strcmp(mode, "r+") == 0;
    if (strlen(wish.path) != lua_rawlen(L, 1)) l_argerror(L, 1, "path has a zero byte");
    if (!wish.writable && (strcmp(mode, "r") != 0 || lua_rawlen(L, 2) != 1))
      l_argerror(L, 2, "mode must be \"r\" or \"r+\", not \"%s\"", mode);
  } else if (text) {
    wish.by_name = true;
    wish.request.name = check_name(L);
    wish.request.size = l_checkcount(L, 2, "size", 1, LUA_MAXINTEGER);
  } else {
    if (lua_type(L, 1) != LUA_TNUMBER)
      l_argerror(L, 1,
                 "vmem.section takes a size, or a name and a size, or a path and a mode, not %s",
                 luaL_typename(L, 1));
    wish.request.size = l_checkcount(L, 1, "size", 1, LUA_MAXINTEGER);
    if (!l_hasoptions(L, 2)) return wish;
    for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) read_option(L, &wish.request);
  }
  return wish;
}

static const char *advice_on(vm_error error) {
  if (error == VM_TOO_MANY_FILES)
    return "it takes a file descriptor, and the process has as many as 'ulimit -n' allows: close "
           "some, or raise it";
  return NULL;
}

static int refuse(lua_State *L, vm_error error, const l_wish *wish) {
  const char *advice = advice_on(error);
  if (wish->path != NULL) {
    if (error == VM_PERMISSION_DENIED) advice = "the system does not let this user open it so";
    return l_refuse(L, error, advice, "open the section at %s", wish->path);
  }
  if (wish->by_name) {
    if (error == VM_PERMISSION_DENIED) advice = "another user has it, or a file that is no section";
    return l_refuse(L, error, advice, "open the section \"%s\"", wish->request.name);
  }
  return l_refuse(L, error, advice, "make a section of %I bytes", (lua_Integer)wish->request.size);
}

static vm_error make(const l_wish *wish, l_section *self) {
  self->created = true;
  if (wish->by_name) return vm_section_open(&wish->request, &self->section, &self->created);
  if (wish->path == NULL) return vm_section_new(&wish->request, &self->section);
  self->created = false;
  return vm_section_at(wish->path, wish->writable, &self->section);
}

int l_new_section(lua_State *L) {
  lua_settop(L, 2);
  for (int tries = 0;; tries++) {
    lua_settop(L, 2);
    l_section *self = l_new(L, &SECTION);
    l_wish wish = check_wish(L); /* after it, because a finalizer may have changed the arguments */
    vm_error error = make(&wish, self);
    if (error == VM_OK) {
      l_enter_weak(L, &sections, self->section);
      return 1;
    }
    self->section = NULL;
    if (l_collected(L, error, tries)) continue;
    /* Abandoned sections have descriptors. */
    if (error == VM_TOO_MANY_FILES && l_collect(L, tries)) continue;
    return refuse(L, error, &wish);
  }
}

/* ====== } */

/* {====== Methods and fields ====== */

static int section_resize(lua_State *L) {
  for (int tries = 0;; tries++) {
    l_section *self = check(L, 1);
    uint64_t size = l_checkcount(L, 2, "size", 1, LUA_MAXINTEGER);
    uint64_t now = l_sectionsize(L, self->section);
    vm_error error = vm_section_resize(self->section, size);
    if (l_collected(L, error, tries)) continue;
    if (error == VM_OK) {
      lua_settop(L, 1);
      return 1;
    }
    const char *advice = advice_on(error);
    if (error == VM_PERMISSION_DENIED)
      advice = size < now ? "its pages may be attached elsewhere, so it cannot become smaller"
                          : "it was not made with growable = true, or it was opened with \"r\"";
    return l_refuse(L, error, advice, "make a section of %I bytes %I bytes long", (lua_Integer)now,
                    (lua_Integer)size);
  }
}

static int section_close(lua_State *L) {
  if (!l_isover(L, 1, &SECTION)) end_section(L, l_check(L, 1, &SECTION));
  lua_pushboolean(L, true); /* for assert */
  return 1;
}

/* At the end of a block. */
static int section_leave(lua_State *L) {
  l_section *self = l_test(L, 1, &SECTION);
  if (self != NULL) end_section(L, &self->object);
  return 0;
}

static int section_size(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)os_section_size(&l_checksection(L, 1)->system));
  return 1;
}

static int section_name(lua_State *L) {
  lua_pushstring(L, l_checksection(L, 1)->system.name); /* nil for NULL */
  return 1;
}

static int section_path(lua_State *L) {
  char path[OS_SECTION_PATH];
  if (!os_section_path(&l_checksection(L, 1)->system, path)) return 0;
  lua_pushstring(L, path);
  return 1;
}

static int section_created(lua_State *L) {
  lua_pushboolean(L, check(L, 1)->created);
  return 1;
}

static int section_tostring(lua_State *L) {
  const l_section *self = NULL;
  if (!l_isover(L, 1, &SECTION)) self = l_check(L, 1, &SECTION);
  if (self == NULL || self->section == NULL) {
    lua_pushstring(L, "vmem.section (closed)");
    return 1;
  }
  const os_section *system = &self->section->system;
  lua_Integer size = (lua_Integer)os_section_size(system);
  if (system->name != NULL)
    lua_pushfstring(L, "vmem.section \"%s\": %I bytes", system->name, size);
  else
    lua_pushfstring(L, "vmem.section: %I bytes", size);
  return 1;
}

/* ====== } */

void l_open_section(lua_State *L) {
  static const luaL_Reg meta[] = {
      {"__close", section_leave},
      {"__tostring", section_tostring},
      {NULL, NULL},
  };
  static const luaL_Reg methods[] = {
      {"close", section_close},
      {"resize", section_resize},
      {NULL, NULL},
  };
  static const luaL_Reg fields[] = {
      {"created", section_created}, {"name", section_name}, {"path", section_path},
      {"size", section_size},       {NULL, NULL},
  };
  static const l_members members = {.meta = meta, .methods = methods, .fields = fields};
  l_open_weak(L, &sections);
  l_newclass(L, &SECTION, &members);
  lua_pop(L, 1);
}
