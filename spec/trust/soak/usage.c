/* usage.c: soak_usage, a module for Lua: figures of this process's memory, a second Lua state, and
** deliberate leaks. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, mallinfo2 */

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

int luaopen_soak_usage(lua_State *L);

static void set(lua_State *L, const char *name, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

/* Bytes of "VmRSS:    123 kB" and the like; lines of a file; entries of a folder. */
static void set_status(lua_State *L) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long long kib;
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (sscanf(line, "VmRSS: %lld", &kib) == 1) set(L, "rss", kib * 1024);
    if (sscanf(line, "VmPTE: %lld", &kib) == 1) set(L, "pte", kib * 1024);
    if (sscanf(line, "VmSize: %lld", &kib) == 1) set(L, "size", kib * 1024);
    if (sscanf(line, "VmLck: %lld", &kib) == 1) set(L, "locked", kib * 1024);
  }
  if (file != NULL) fclose(file);
}

static lua_Integer lines_of(const char *path) {
  FILE *file = fopen(path, "r");
  lua_Integer lines = 0;
  int c;
  while (file != NULL && (c = getc(file)) != EOF) lines += c == '\n';
  if (file != NULL) fclose(file);
  return lines;
}

/* Of the folder, those with this part in their names. */
static lua_Integer entries_of(const char *path, const char *part) {
  DIR *folder = opendir(path);
  const struct dirent *entry;
  lua_Integer entries = 0;
  while (folder != NULL && (entry = readdir(folder)) != NULL)
    entries += strstr(entry->d_name, part) != NULL;
  if (folder != NULL) closedir(folder);
  return entries;
}

/* look(part): a table of figures; "names" are those of /dev/shm with that part. The C library first returns its free memory to the system; "c" is the memory
** allocated from it, except by Lua: exact with GLIBC_TUNABLES=glibc.malloc.tcache_count=0. */
static int get_figures(lua_State *L) {
  const char *part = luaL_checkstring(L, 1);
  malloc_trim(0);
  struct mallinfo2 info = mallinfo2();
  lua_Integer count = (lua_Integer)lua_gc(L, LUA_GCCOUNT) * 1024 + lua_gc(L, LUA_GCCOUNTB);
  lua_createtable(L, 0, 9);
  set_status(L);
  set(L, "c", (lua_Integer)(info.uordblks + info.hblkhd) - count);
  set(L, "lua", count);
  set(L, "mappings", lines_of("/proc/self/maps"));
  set(L, "descriptors", entries_of("/proc/self/fd", ""));
  set(L, "names", entries_of("/dev/shm", part));
  return 1;
}

/* in_state(file): runs a script in a new state, and closes the state. */
static int in_state(lua_State *L) {
  const char *file = luaL_checkstring(L, 1);
  lua_State *other = luaL_newstate();
  if (other == NULL) return luaL_error(L, "no memory for another state");
  luaL_openlibs(other);
  int status = luaL_dofile(other, file);
  char problem[500] = "";
  if (status != LUA_OK) snprintf(problem, sizeof problem, "%s", lua_tostring(other, -1));
  lua_close(other);
  return status == LUA_OK ? 0 : luaL_error(L, "%s", problem);
}

/* waste(bytes): leaks memory. */
static int waste(lua_State *L) {
  size_t size = (size_t)luaL_checkinteger(L, 1);
  volatile char *bytes = malloc(size); /* volatile: otherwise the compiler leaves malloc out */
  for (size_t i = 0; bytes != NULL && i < size; i++) bytes[i] = 1;
  return 0;
}

/* map([bytes]): leaks address space; by default one page, which is a separate mapping. */
static int map(lua_State *L) {
  static int turn;
  size_t size = (size_t)luaL_optinteger(L, 1, 4096);
  int protection = !lua_isnoneornil(L, 1) ? PROT_NONE : turn++ % 2 == 0 ? PROT_READ : PROT_EXEC;
  (void)mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return 0;
}

/* open(): leaks a descriptor. */
static int open_one(lua_State *L) {
  (void)L;
  (void)dup(STDOUT_FILENO);
  return 0;
}

int luaopen_soak_usage(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"in_state", in_state}, {"look", get_figures}, {"map", map},
      {"open", open_one},     {"waste", waste},      {NULL, NULL},
  };
  luaL_newlib(L, functions);
  return 1;
}
