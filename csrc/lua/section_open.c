/* section_open.c: vmem.section: what is asked for, and its options. */
#include <string.h>

#include "lua/addresses.h"
#include "lua/classes.h"
#include "lua/section.h"

/* The name at `arg`, of a section that other processes open. */
static const char *check_name(lua_State *L) {
  const char *name = lua_tostring(L, 1);
  size_t length = (size_t)lua_rawlen(L, 1);
  if (length == 0 || length > OS_SECTION_NAME)
    l_argerror(L, 1, "a section's name has 1 to %d bytes, not %I", OS_SECTION_NAME,
               (lua_Integer)length);
  if (strlen(name) != length || strpbrk(name, "/\\") != NULL)
    l_argerror(L, 1,
               "a section's name has no '/', '\\' or zero byte; for a path give a mode: "
               "vmem.section(path, \"r+\")");
  return name;
}

/* The value of an option is on top of the stack, its name below it. */
static void read_option(lua_State *L, os_section_request *request) {
  bool whole;
  const char *name = l_optionname(L, 2, &whole);
  if (whole && strcmp(name, "growable") == 0) {
    request->growable = l_optionflag(L, 2, name);
  } else if (whole && strcmp(name, "executable") == 0) {
    request->executable = l_optionflag(L, 2, name);
  } else if (whole && strcmp(name, "name") == 0) {
    if (lua_type(L, -1) != LUA_TSTRING ||
        strlen(lua_tostring(L, -1)) != (size_t)lua_rawlen(L, -1) ||
        lua_rawlen(L, -1) > OS_SECTION_NAME)
      l_argerror(L, 2, "option name must be a string of at most %d bytes without zero bytes",
                 OS_SECTION_NAME);
    request->name = lua_tostring(L, -1); /* the options table keeps it */
  } else {
    l_argerror(L, 2, "option '%s' is unknown; there are executable, growable and name", name);
  }
}

/* What is asked for: a size and options, a name and a size, or a path, a mode and options. */
typedef struct l_wish {
  os_section_request request;
  os_file_request file; /* .path is NULL: not by a path */
  bool by_name, copies, guard;
  const char *mode;
} l_wish;

static void read_file_option(lua_State *L, l_wish *wish) {
  bool whole;
  lua_Integer size;
  const char *name = l_optionname(L, 3, &whole);
  if (whole && strcmp(name, "size") == 0) {
    if (!l_optioninteger(L, 0, LUA_MAXINTEGER, &size))
      l_argerror(L, 3, "option size must be a number of bytes, 0 or more, not %s",
                 luaL_tolstring(L, -1, NULL));
    wish->file.size = (uint64_t)size;
  } else if (whole && strcmp(name, "sparse") == 0) {
    wish->file.sparse = l_optionflag(L, 3, name);
  } else if (whole && strcmp(name, "guard") == 0) {
    wish->guard = l_optionflag(L, 3, name);
  } else {
    l_argerror(L, 3, "option '%s' is unknown; there are guard, size and sparse", name);
  }
}

static void check_mode(lua_State *L, l_wish *wish) {
  static const struct {
    const char *word;
    os_file_mode mode;
    bool copies;
  } modes[] = {{"r", OS_FILE_READ, false},
               {"r+", OS_FILE_WRITE, false},
               {"w+", OS_FILE_NEW, false},
               {"copy", OS_FILE_READ, true}};
  const char *word = lua_tostring(L, 2);
  size_t length = (size_t)lua_rawlen(L, 2);
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    if (strlen(modes[i].word) != length || strcmp(modes[i].word, word) != 0) continue;
    wish->mode = modes[i].word;
    wish->file.mode = modes[i].mode;
    wish->copies = modes[i].copies;
    return;
  }
  l_argerror(L, 2, "mode must be \"r\", \"r+\", \"w+\" or \"copy\", not \"%s\"", word);
}

static void check_file(lua_State *L, l_wish *wish) {
  wish->file.path = lua_tostring(L, 1);
  if (strlen(wish->file.path) != (size_t)lua_rawlen(L, 1)) l_argerror(L, 1, "path has a zero byte");
  check_mode(L, wish);
  if (!l_hasoptions(L, 3)) return;
  for (lua_pushnil(L); lua_next(L, 3) != 0; lua_pop(L, 1)) read_file_option(L, wish);
}

static l_wish check_wish(lua_State *L) {
  l_wish wish = {.guard = true};
  bool text = lua_type(L, 1) == LUA_TSTRING;
  if (text && lua_type(L, 2) == LUA_TSTRING) {
    check_file(L, &wish);
  } else if (text) {
    wish.by_name = true;
    wish.request.name = check_name(L);
    wish.request.size = l_checkcount(L, 2, "size", 0, L_MOST);
    if (!lua_isnoneornil(L, 3)) l_argerror(L, 3, "a section with a name has no options");
  } else {
    if (lua_type(L, 1) != LUA_TNUMBER)
      l_argerror(L, 1,
                 "vmem.section takes a size, or a name and a size, or a path and a mode, not %s",
                 luaL_typename(L, 1));
    wish.request.size = l_checkcount(L, 1, "size", 1, L_MOST);
    if (!l_hasoptions(L, 2)) return wish;
    for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) read_option(L, &wish.request);
  }
  return wish;
}

/* On Linux and POSIX systems, sections of memory are files to the system. */
static const char *advice_on_memory(vm_error error) {
  if (error != VM_FILE_TOO_LARGE) return l_section_advice(error);
  return "the system makes a file in memory of it, and no file may be that large: ask for less, or "
         "look at the limit of the process (ulimit -f)";
}

static const char *advice_on_file(vm_error error, const l_wish *wish) {
  if (error == VM_PERMISSION_DENIED && wish->file.mode == OS_FILE_READ && wish->file.size > 0)
    return "the system does not let this user read it, or it is shorter than the option size says, "
           "and only \"r+\" and \"w+\" can make it longer";
  if (error == VM_PERMISSION_DENIED) return "the system does not let this user open it so";
  if (error == VM_NO_FILE && wish->file.mode == OS_FILE_NEW) return "there is no such folder";
  if (error == VM_NO_FILE && strncmp(wish->file.path, "/proc/", 6) != 0) /* no section.path */
    return wish->file.mode == OS_FILE_READ ? "there is no such file"
                                           : "there is no such file; mode \"w+\" makes one";
  if (error == VM_BAD_FILE)
    return "it is a folder, a device, a pipe or a file of /proc; only regular files can be mapped";
  return l_section_advice(error);
}

static int refuse(lua_State *L, vm_error error, const l_wish *wish) {
  if (wish->file.path != NULL)
    return l_refuse(L, error, advice_on_file(error, wish), "open the file %s", wish->file.path);
  const char *advice = l_push_too_large(L, wish->request.size, true);
  if (advice == NULL) advice = advice_on_memory(error);
  if (wish->by_name) {
    if (error == VM_PERMISSION_DENIED) advice = "another user has it, or a file that is no section";
    if (error == VM_NO_FILE) advice = "no process has it, and of a size of 0 none is made";
    /* Finalizers have run, and the debug library can have taken the request's name away. */
    return l_refuse(L, error, advice, "open the section \"%s\"", lua_tostring(L, 1));
  }
  return l_refuse(L, error, advice, "make a section of %I bytes", (lua_Integer)wish->request.size);
}

static vm_error make(const l_wish *wish, l_section *self) {
  self->created = true;
  if (wish->by_name) return vm_section_open(&wish->request, &self->section, &self->created);
  if (wish->file.path == NULL) return vm_section_new(&wish->request, &self->section);
  vm_error error = vm_section_file(&wish->file, wish->copies, wish->guard, &self->section);
  if (error != VM_OK) return error;
  self->section->mode = wish->mode;
  self->created = self->section->system.created;
  return VM_OK;
}

int l_new_section(lua_State *L) {
  lua_settop(L, 3);
  for (int tries = 0;; tries++) {
    lua_settop(L, 3);
    l_section *self = l_new(L, &l_section_class);
    l_wish wish = check_wish(L); /* after it, because a finalizer may have changed the arguments */
    vm_error error = make(&wish, self);
    if (error == VM_OK) {
      l_enter_section(L, self->section);
      return 1;
    }
    self->section = NULL;
    if (l_collected(L, error, tries)) continue;
    /* Abandoned sections have descriptors. */
    if (error == VM_TOO_MANY_FILES && l_collect(L, tries)) continue;
    return refuse(L, error, &wish);
  }
}
