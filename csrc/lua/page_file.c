/* page_file.c: the part of vmem.pager.file that is in C: reads at a position, checksums, and the usual way to
** load a page. lua/vmem/pager/file/tables.lua and versions.lua say what is in the file. */
#include <string.h>

#include "lua/classes.h"
#include "lua/file.h"
#include "os/os.h"

/* {====== Checksums ====== */

enum { WORD = sizeof(uint64_t) };

/* The sum of what has been added to `sum`, and of a word behind it: a multiplication carries each word into
** all that follows. A change within one word is always found; swapped or missing pieces almost always are,
** since the order counts. */
static uint64_t mix(uint64_t sum, uint64_t word) {
  return (sum ^ sum >> 32 ^ word) * UINT64_C(0x9E3779B97F4A7C15);
}

/* The same with all words of a string, in the machine's byte order. */
static uint64_t mix_bytes(uint64_t sum, const char *bytes, size_t size) {
  for (const char *end = bytes + size; bytes < end; bytes += WORD) {
    uint64_t word;
    memcpy(&word, bytes, WORD);
    sum = mix(sum, word);
  }
  return sum;
}

int l_mix(lua_State *L) {
  uint64_t sum = (uint64_t)l_checkinteger(L, 1, "sum");
  for (int arg = 2, last = lua_gettop(L); arg <= last; arg++) {
    if (lua_type(L, arg) != LUA_TSTRING) {
      sum = mix(sum, (uint64_t)l_checkinteger(L, arg, "word"));
      continue;
    }
    size_t size;
    const char *bytes = lua_tolstring(L, arg, &size);
    if (size % WORD != 0) l_argerror(L, arg, "bytes must be whole words of %d", WORD);
    sum = mix_bytes(sum, bytes, size);
  }
  lua_pushinteger(L, (lua_Integer)sum);
  return 1;
}

/* ====== } */

/* {====== Positions ====== */

int l_seek(lua_State *L) {
  FILE *file = l_checkfile(L, 1);
  lua_Integer position;
  if (lua_isnoneornil(L, 2)) {
    position = os_seek_end(file);
  } else {
    position = l_checkinteger(L, 2, "position");
    if (!os_seek(file, position)) position = -1;
  }
  if (position < 0) return luaL_fileresult(L, 0, NULL);
  lua_pushinteger(L, position);
  return 1;
}

int l_make_sparse(lua_State *L) {
  os_make_sparse(l_checkfile(L, 1));
  return 0;
}

/* ====== } */

/* {====== Reading ====== */

enum { MOST = 1 << 30 };

/* Reads bytes of the file, and zeros behind its end. False where the system refuses. */
static bool fill(FILE *file, lua_Integer position, void *to, size_t size) {
  clearerr(file);
  if (!os_seek(file, position)) return false;
  size_t got = fread(to, 1, size, file);
  memset((char *)to + got, 0, size - got);
  return ferror(file) == 0;
}

int l_read_at(lua_State *L) {
  lua_settop(L, 4);
  size_t first = l_checkcount(L, 3, "size", 0, MOST);
  size_t second = lua_isnil(L, 4) ? 0 : l_checkcount(L, 4, "size", 0, MOST);
  char *bytes = lua_newuserdatauv(L, first + second, 0);
  FILE *file = l_checkfile(L, 1); /* a finalizer may have closed it */
  lua_Integer position = l_checkinteger(L, 2, "position");
  if (!fill(file, position, bytes, first + second)) return luaL_fileresult(L, 0, NULL);
  lua_pushlstring(L, bytes, first);
  if (lua_isnil(L, 4)) return 1;
  if (lua_touserdata(L, 5) != bytes) l_error(L, "a finalizer has changed what read_at has read");
  lua_pushlstring(L, bytes + first, second);
  return 2;
}

/* ====== } */

/* {====== The newest version of a page ====== */

/* Of a version; it stands beside the page's bytes. */
typedef struct header {
  char tag[8];
  int64_t page, version;
  uint64_t sum;
} header;

enum {
  HEADERS = 2 * sizeof(header),
  LARGEST = 1 << 14 /* bytes of a page: they are read onto the stack */
};

typedef struct place {
  FILE *file;
  lua_Integer entry, middle, page;
  uint64_t identity;
  size_t size;
} place;

/* How often the page was saved, as the table has it; 0 where it does not say so. */
static int64_t generation_of(const place *p) {
  int64_t entry[2];
  if (!fill(p->file, p->entry, entry, sizeof entry)) return 0;
  uint64_t sum = mix(mix(mix(p->identity, 0), (uint64_t)p->page - 1), (uint64_t)entry[0]);
  return sum == (uint64_t)entry[1] ? entry[0] : 0;
}

/* Versions take turns: odd ones are in the first slot, before the headers, even ones behind them. */
static int64_t version_in(const header *slot, bool odd, lua_Integer page) {
  bool good = memcmp(slot->tag, "vmempage", sizeof slot->tag) == 0 && slot->page == page;
  return good && slot->version > 0 && (slot->version % 2 == 1) == odd ? slot->version : 0;
}

/* The newest version, if it is whole and not older than the table says; else 0. Reads the slot for odd or for
** even versions and both headers at once, and the other slot only where the newest is there. */
static int64_t read_newest(const place *p, bool odd, char *buffer, const char **bytes) {
  int64_t generation = generation_of(p);
  for (int tries = 0; tries < 2; tries++, odd = !odd) {
    lua_Integer from = odd ? p->middle - (lua_Integer)p->size : p->middle;
    if (generation < 1 || !fill(p->file, from, buffer, p->size + HEADERS)) return 0;
    header slots[2];
    memcpy(slots, odd ? buffer + p->size : buffer, HEADERS);
    int64_t first = version_in(&slots[0], true, p->page);
    int64_t second = version_in(&slots[1], false, p->page);
    int64_t version = odd ? first : second, other = odd ? second : first;
    if (version < other) continue;
    *bytes = odd ? buffer : buffer + HEADERS;
    uint64_t sum = mix(mix(p->size, (uint64_t)p->page ^ p->identity), (uint64_t)version);
    bool whole = mix_bytes(sum, *bytes, p->size) == slots[odd ? 0 : 1].sum;
    return whole && version >= generation ? version : 0;
  }
  return 0; /* another process saves it meanwhile */
}

int l_newest_version(lua_State *L) {
  char buffer[LARGEST + HEADERS];
  const char *bytes = buffer;
  lua_settop(L, 7);
  place p = {.file = l_checkfile(L, 1),
             .entry = l_checkinteger(L, 2, "entry"),
             .middle = l_checkinteger(L, 3, "middle"),
             .size = l_checkcount(L, 4, "size", 0, MOST),
             .page = l_checkinteger(L, 5, "page"),
             .identity = (uint64_t)l_checkinteger(L, 6, "identity")};
  bool odd = l_checkinteger(L, 7, "likely") % 2 != 0;
  bool usual = p.size <= LARGEST && p.size % WORD == 0 && p.middle >= (lua_Integer)p.size;
  int64_t version = usual ? read_newest(&p, odd, buffer, &bytes) : 0;
  if (version == 0) return 0;
  lua_pushinteger(L, version);
  lua_pushlstring(L, bytes, p.size);
  return 2;
}

/* ====== } */
