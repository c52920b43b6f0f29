/* region_file.c: region:load and region:save: copy between a file and memory without a string. */
#include <stdio.h>
#include <string.h>

#include "core/backed.h"
#include "core/bytes_guarded.h"
#include "lua/access.h"
#include "lua/access_refused.h"
#include "lua/classes.h"
#include "lua/file.h"
#include "lua/live_regions.h"
#include "lua/note.h"
#include "lua/touch.h"
#include "os/os.h"

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
FILE *l_checkfile(lua_State *L, int arg) {
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

/* Stack of load: region, file, offset, size; bytes loaded so far; the bytes that handlers get to know; and what
** l_access needs. */
enum { DONE = 5, AHEAD, ANSWERS };

/* Reads `size` bytes that lie `skip` bytes further on in the file into a string at AHEAD, or fewer at its end,
** and goes back. A file that cannot go back gives nil: then handlers cannot take the bytes. May run
** finalizers. */
static void look_ahead(lua_State *L, size_t skip, size_t size) {
  char *to = lua_newuserdatauv(L, size, 0); /* a buffer of Lua would ask for memory only once */
  FILE *file = l_checkfile(L, 2);
  int64_t at = os_skip(file, skip);
  if (at >= 0) {
    size_t got = fread(to, 1, size, file);
    clearerr(file);
    (void)os_seek(file, at);
    lua_pushlstring(L, to, got);
  } else {
    lua_pushnil(L);
  }
  lua_replace(L, AHEAD);
  lua_pop(L, 1);
}

/* The bytes at AHEAD, which are those from byte `from` of the range on. */
static l_source ahead(lua_State *L, size_t from, size_t size) {
  size_t length = 0;
  const char *bytes = lua_type(L, AHEAD) == LUA_TSTRING ? lua_tolstring(L, AHEAD, &length) : NULL;
  bool lacks = bytes != NULL && length != size;
  return (l_source){.bytes = lacks ? NULL : bytes, .size = size, .from = from, .lacks = lacks};
}

static bool at_end(FILE *file) {
  int c = getc(file);
  if (c == EOF) return true;
  ungetc(c, file);
  return false;
}

/* Reads into writable memory, and notes and records the write. A page is noted just before there is a byte
** for it, and not when the file has ended. */
static size_t read_file(lua_State *L, vm_region *r, size_t offset, size_t size, FILE *file) {
  size_t done = 0, part, got;
  l_record_before(L, r);
  do {
    size_t at = offset + done, page = vm_page_size(r), left = size - done;
    part = vm_noted(r, at, left);
    if (part == 0 && left > 0) {
      if (at_end(file)) break;
      part = page - at % page < left ? page - at % page : left;
      if (!vm_note_write(r, at, part)) {
        l_record_written(L, r, offset, done); /* these bytes stay */
        l_error(L, "not enough memory");
      }
    }
    got = fread(vm_memory(r, at), 1, part, file);
    done += got;
  } while (got == part && done < size);
  l_record_written(L, r, offset, done);
  return done;
}

/* Passes bytes of the file that handlers have taken. */
static size_t pass_over(FILE *file, size_t size) {
  char passed[512];
  size_t done = 0, piece, got;
  do {
    piece = size - done < sizeof passed ? size - done : sizeof passed;
    got = fread(passed, 1, piece, file);
    done += got;
  } while (got == piece && done < size);
  return done;
}

static size_t read_part(lua_State *L, vm_region *r, const l_part *part, FILE *file) {
  if (part->is_answered) return pass_over(file, part->size);
  return read_file(L, r, part->address - r->base, part->size, file);
}

/* Before the next piece of a load. Where a size is given, handlers have been asked for all of it: their answers stay, but
** not the bytes that were made of them for the last piece. */
static void begin_piece(lua_State *L) {
  lua_settop(L, lua_isnil(L, 4) ? AHEAD : ANSWERS);
  lua_settop(L, ANSWERS + L_ACCESS_SLOTS - 1);
  lua_pushnil(L);
  lua_replace(L, AHEAD);
  l_progress(L, ANSWERS);
}

/* Loads into fallible memory, which the C library must not touch: by strings, of a page at most. The one that is not
** written yet is kept at AHEAD. */
static int load_falliblek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    FILE *file = l_checkfile(L, 2);
    l_span s = l_optspan(L, 3, r, 0);
    size_t done = (size_t)lua_tointeger(L, DONE), length;
    if (done > s.size) done = s.size; /* the debug library has changed it */
    l_range range = l_in(r, s.offset + done, s.size - done);
    l_access a = {.tries = tries, .again = load_falliblek, .answers = ANSWERS};
    const char *bytes = lua_tolstring(L, AHEAD, &length);
    if (bytes == NULL) {
      luaL_Buffer buffer;
      if (done == s.size || at_end(file))
        return ferror(file) ? luaL_fileresult(L, 0, NULL) : moved(L, done);
      lua_settop(L, ANSWERS + L_ACCESS_SLOTS - 1);
      size_t piece = l_piece(range);
      char *to = luaL_buffinitsize(L, &buffer, piece);
      luaL_pushresultsize(&buffer, fread(to, 1, piece, l_checkfile(L, 2)));
      lua_replace(L, AHEAD);
      continue; /* finalizers may have run */
    }
    if (length > range.size) return moved(L, done); /* the debug library again */
    range.size = length;
    if (!l_write_bytes(L, &a, range, (l_source){.bytes = bytes, .size = length})) continue;
    begin_piece(L);
    lua_pushinteger(L, (lua_Integer)(done + length));
    lua_replace(L, DONE);
  }
}

/* From what has been loaded so far on. */
static int load_fallible(lua_State *L) {
  begin_piece(L);
  return load_falliblek(L, LUA_OK, 0);
}

/* Loads a given size, or less if the file ends. The whole range is checked before the first byte. */
static int load_sizek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    FILE *file = l_checkfile(L, 2);
    l_span s = l_checkspan(L, 3, r, 0);
    l_access a = {.tries = tries, .again = load_sizek, .answers = ANSWERS};
    l_range range = l_in(r, s.offset, s.size);
    l_part part;
    size_t done = l_writable_size(L, &a, range), got;
    if (done < s.size) {
      vm_error error;
      if (l_touch(L, &a, range, done, VM_WRITE, &error)) continue;
      size_t piece = l_piece(l_in(r, s.offset + done, s.size - done));
      look_ahead(L, done, piece);
      r = l_checkregion(L, 1);
      s = l_checkspan(L, 3, r, 0);
      range = l_in(r, s.offset, s.size);
      if (l_writable_size(L, &a, range) == done) /* else a finalizer has changed pages */
        (void)l_writable(L, &a, range, ahead(L, done, piece));
      continue;
    }
    clearerr(file);
    if (r->fallible) return load_fallible(L);
    for (done = 0; done < s.size; done += got) {
      (void)l_next_part(L, &a, l_in(r, s.offset + done, s.size - done), L_WRITTEN, &part);
      got = read_part(L, r, &part, file);
      if (got < part.size) s.size = done + got; /* the file has ended */
    }
    return ferror(file) ? luaL_fileresult(L, 0, NULL) : moved(L, done);
  }
}

/* Loads up to the end of the file. A page is checked only when there is a byte for it, so that a file
** can be loaded into a large region of which little is committed. */
static int load_restk(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    FILE *file = l_checkfile(L, 2);
    l_span s = l_optspan(L, 3, r, 0);
    size_t done = (size_t)lua_tointeger(L, DONE);
    if (r->fallible) return load_fallible(L);
    if (done >= s.size || at_end(file))
      return ferror(file) ? luaL_fileresult(L, 0, NULL) : moved(L, done);
    l_access a = {.tries = tries, .again = load_restk, .answers = ANSWERS};
    l_range range = l_in(r, s.offset + done, s.size - done);
    l_part part;
    if (!l_next_part(L, &a, range, L_WRITTEN, &part)) {
      vm_error error;
      range.size = l_piece(range); /* only what the file has a byte for */
      if (l_touch(L, &a, range, 0, VM_WRITE, &error)) continue;
      look_ahead(L, 0, l_piece(range));
      size_t known = lua_type(L, AHEAD) == LUA_TSTRING ? (size_t)lua_rawlen(L, AHEAD) : 0;
      size_t size = known > 0 ? known : 1;
      r = l_checkregion(L, 1);
      s = l_optspan(L, 3, r, 0);
      if (done < s.size && size <= s.size - done)
        (void)l_writable(L, &a, l_in(r, s.offset + done, size), ahead(L, 0, known));
      continue;
    }
    done += read_part(L, r, &part, file);
    lua_pushinteger(L, (lua_Integer)done);
    lua_replace(L, DONE);
    l_progress(L, ANSWERS);
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
    lua_pushinteger(L, 0);
    lua_settop(L, AHEAD);
    return load_sizek(L, LUA_OK, 0);
  }
  clearerr(l_checkfile(L, 2)); /* forget earlier errors */
  lua_pushinteger(L, 0);
  lua_settop(L, AHEAD);
  return load_restk(L, LUA_OK, 0);
}

/* ====== } */

static bool write_zeros(FILE *file, size_t size) {
  static const char zeros[8192] = {0};
  for (; size > sizeof zeros; size -= sizeof zeros)
    if (fwrite(zeros, 1, sizeof zeros, file) < sizeof zeros) return false;
  return fwrite(zeros, 1, size, file) == size;
}

static bool write_memory(FILE *file, const char *from, size_t size) {
  vm_walk w;
  vm_stretch s;
  vm_walk_start(&w, from, size);
  while (vm_walk_next(&w, &s)) {
    size_t part = s.to - s.from;
    bool done =
        s.backed ? fwrite(vm_bytes_at(s.from), 1, part, file) == part : write_zeros(file, part);
    if (!done) return false;
  }
  return true;
}

enum { PIECE = 16384 }; /* of fallible memory, which the C library must not touch */

/* Stack of save: region, file, offset, size; bytes saved so far; and what l_access needs. */
static int savek(lua_State *L, int status, lua_KContext tries) {
  (void)status;
  for (;; tries++) {
    vm_region *r = l_checkregion(L, 1);
    FILE *file = l_checkfile(L, 2);
    l_span s = l_optspan(L, 3, r, 0);
    size_t done = (size_t)lua_tointeger(L, DONE);
    if (done > s.size) done = 0; /* the debug library has changed it */
    l_access a = {.tries = tries, .again = savek, .answers = DONE + 1, .by_leaves = true};
    l_range range = l_in(r, s.offset + done, s.size - done);
    const char *from = l_readable(L, &a, range, L_FIRST);
    if (from == NULL) continue;
    if (!a.is_fallible) {
      if (!write_memory(file, from, range.size)) return luaL_fileresult(L, 0, NULL);
      return moved(L, s.size);
    }
    char piece[PIECE];
    size_t size = range.size < PIECE ? range.size : PIECE;
    vm_copying copying = {piece, from, size};
    const l_touched touched[2] = {{range, L_FIRST}};
    if (!l_run(L, &a, vm_copy_leaf, &copying, touched)) continue;
    if (fwrite(piece, 1, size, file) < size) return luaL_fileresult(L, 0, NULL);
    done += size;
    if (done == s.size) return moved(L, done);
    lua_pushinteger(L, (lua_Integer)done);
    lua_replace(L, DONE);
    l_progress(L, a.answers);
  }
}

static int region_save(lua_State *L) {
  lua_settop(L, 4);
  lua_pushinteger(L, 0);
  return savek(L, LUA_OK, 0);
}

const luaL_Reg l_region_file[] = {
    {"load", region_load},
    {"save", region_save},
    {NULL, NULL},
};
