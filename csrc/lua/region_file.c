/* region_file.c: region:load and region:save: copy between a file and memory without a string. */
#include <stdio.h>
#include <string.h>

#include "core/backed.h"
#include "lua/access.h"
#include "lua/classes.h"
#include "lua/live_regions.h"
#include "lua/note.h"

static const char file_class = 0; /* its address is a registry key: the metatable of Lua's files */

/* Pushes the metatable of Lua's files. A host may open io after vmem, so it is kept once it is found. */
static void push_file_class(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &file_class) != LUA_TNIL) return;
  lua_pop(L, 1);
  lua_pushstring(L, LUA_FILEHANDLE);
  lua_rawget(L, LUA_REGISTRYINDEX);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &file_class);
}

void l_open_file(lua_State *L) {
  push_file_class(L);
  lua_pop(L, 1);
}

/* Not luaL_checkudata: reading the registry may run Lua (an __index there), and it would accept one
** of vmem's objects that debug.setmetatable has given the metatable of files. */
static FILE *check_file(lua_State *L, int arg) {
  const luaL_Stream *stream = NULL;
  if (lua_type(L, arg) == LUA_TUSERDATA && lua_getmetatable(L, arg)) {
    push_file_class(L);
    if (lua_rawequal(L, -1, -2) && l_ours(L, arg) == NULL && lua_rawlen(L, arg) == sizeof *stream)
      stream = lua_touserdata(L, arg);
    lua_pop(L, 2);
  }
  if (stream == NULL) l_typeerror(L, arg, "file");
  if (stream->closef == NULL) l_argerror(L, arg, "file is closed");
  return stream->f;
}

static int moved(lua_State *L, size_t bytes) {
  lua_pushinteger(L, (lua_Integer)bytes);
  return 1;
}

/* {====== Loading ====== */

/* Reads into writable memory, and notes and records the write. */
static size_t read_file(lua_State *L, vm_region *r, size_t offset, size_t size, FILE *file) {
  size_t got = fread(vm_memory(r, offset), 1, size, file);
  if (!vm_note_write(r, offset, got)) l_error(L, "not enough memory");
  l_record_write(L, r, offset, got);
  return got;
}

/* Loads a given size, or less if the file ends. The whole range is checked before the first byte. */
static int load_sizek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    FILE *file = check_file(L, 2);
    l_span s = l_checkspan(L, 3, r, 0);
    size_t refused;
    if (vm_allows(r, s.offset, s.size, VM_WRITE, &refused)) {
      clearerr(file);
      size_t got = read_file(L, r, s.offset, s.size, file);
      return ferror(file) ? luaL_fileresult(L, 0, NULL) : moved(L, got);
    }
    (void)l_check_access(L, r, s.offset, s.size, VM_WRITE, tries, load_sizek);
  }
}

static bool at_end(FILE *file) {
  int c = getc(file);
  if (c == EOF) return true;
  ungetc(c, file);
  return false;
}

enum { DONE = 5 }; /* stack index: bytes loaded so far */

/* Loads up to the end of the file. A page is checked only when there is a byte for it, so that a file
** can be loaded into a large region of which little is committed. */
static int load_restk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    FILE *file = check_file(L, 2);
    l_span s = l_optspan(L, 3, r, 0);
    size_t done = (size_t)lua_tointeger(L, DONE), refused;
    if (done >= s.size || at_end(file))
      return ferror(file) ? luaL_fileresult(L, 0, NULL) : moved(L, done);
    size_t offset = s.offset + done, piece = s.size - done;
    if (!vm_allows(r, offset, piece, VM_WRITE, &refused)) piece = refused - offset;
    if (piece == 0) {
      (void)l_check_access(L, r, offset, 1, VM_WRITE, tries, load_restk);
      continue;
    }
    done += read_file(L, r, offset, piece, file);
    lua_pushinteger(L, (lua_Integer)done);
    lua_replace(L, DONE);
    tries = -1; /* progress: the next page gets all its tries */
  }
}

static int region_load(lua_State *L) {
  lua_settop(L, 4);
  l_checkregion(L, 1);
  if (!lua_isnil(L, 4)) {
    if (lua_isnil(L, 3)) { /* nil stands for the default */
      lua_pushinteger(L, 0);
      lua_replace(L, 3);
    }
    return load_sizek(L, LUA_OK, 0);
  }
  clearerr(check_file(L, 2)); /* forget earlier errors */
  lua_pushinteger(L, 0);
  return load_restk(L, LUA_OK, 0);
}

/* ====== } */

static bool write_zeroes(FILE *file, size_t size) {
  static const char zeroes[8192] = {0};
  for (; size > sizeof zeroes; size -= sizeof zeroes)
    if (fwrite(zeroes, 1, sizeof zeroes, file) < sizeof zeroes) return false;
  return fwrite(zeroes, 1, size, file) == size;
}

static bool write_memory(FILE *file, const char *from, size_t size) {
  vm_walk w;
  vm_stretch s;
  vm_walk_start(&w, from, size);
  while (vm_walk_next(&w, &s)) {
    size_t part = s.to - s.from;
    bool done =
        s.backed ? fwrite(vm_bytes_at(s.from), 1, part, file) == part : write_zeroes(file, part);
    if (!done) return false;
  }
  return true;
}

static int savek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    FILE *file = check_file(L, 2);
    l_span s = l_optspan(L, 3, r, 0);
    if (l_check_access(L, r, s.offset, s.size, VM_READ, tries, savek)) {
      if (!write_memory(file, vm_memory(r, s.offset), s.size)) return luaL_fileresult(L, 0, NULL);
      return moved(L, s.size);
    }
  }
}

static int region_save(lua_State *L) { return savek(L, LUA_OK, 0); }

const luaL_Reg l_region_file[] = {
    {"load", region_load},
    {"save", region_save},
    {NULL, NULL},
};
