/* baseline_pager.c: loads and saves pages of a file as vmem.pager.file does: the same reads and writes, of the
** same sizes, and the same checksums. */
#include <stdio.h>
#include <string.h>

#include "baseline.h"

enum { TAKEN = 16 }; /* bytes of an entry of the table at the file's start */

/* A version of a page: it lies beside the page's bytes. */
typedef struct header {
  char tag[8];
  int64_t page, version, sum;
} header;

static uint64_t mix(uint64_t sum, uint64_t word) {
  return (sum ^ sum >> 32 ^ word) * UINT64_C(0x9E3779B97F4A7C15);
}

static int64_t sum_of(const char *bytes, size_t size, uint64_t page, uint64_t version) {
  uint64_t sum = mix(mix(size, page), version), word;
  for (size_t at = 0; at < size; at += sizeof word) {
    memcpy(&word, bytes + at, sizeof word);
    sum = mix(sum, word);
  }
  return (int64_t)sum;
}

static int64_t entry_sum(uint64_t page, uint64_t version) {
  return (int64_t)mix(mix(mix(1, 0), page), version);
}

static int get(FILE *file, size_t at, void *to, size_t size) {
  return fseek(file, (long)at, SEEK_SET) == 0 && fread(to, 1, size, file) == size;
}

static int put(FILE *file, size_t at, const void *from, size_t size) {
  return fseek(file, (long)at, SEEK_SET) == 0 && fwrite(from, 1, size, file) == size;
}

/* A file of `count` pages: a table, and then for each page its first slot's bytes, two headers, and its second
** slot's bytes. */
typedef struct place {
  FILE *file;
  size_t page, count;
  char *bytes; /* of a header and a page */
} place;

static size_t middle_of(const place *p, size_t number) {
  size_t room = 2 * (p->page + sizeof(header));
  return p->count * TAKEN + (number - 1) * room + p->page;
}

/* The newest version of a page; 0 for none, -1 where the file fails. */
static int64_t newest(const place *p, size_t number, header found[2]) {
  if (!get(p->file, middle_of(p, number), found, 2 * sizeof(header))) return -1;
  int64_t version = 0;
  for (int slot = 0; slot < 2; slot++) {
    const header *each = &found[slot];
    if (memcmp(each->tag, "vmempage", 8) == 0 && each->page == (int64_t)number &&
        each->version > version)
      version = each->version;
  }
  return version;
}

static int load(const place *p, size_t number) {
  int64_t entry[2];
  header found[2];
  if (!get(p->file, (number - 1) * TAKEN, entry, TAKEN)) return 0;
  if (entry[1] != entry_sum(number, (uint64_t)entry[0])) return 0;
  int64_t version = newest(p, number, found);
  if (version < 1 || version < entry[0]) return 0;
  size_t middle = middle_of(p, number);
  size_t at = version % 2 == 1 ? middle - p->page : middle + 2 * sizeof(header);
  return get(p->file, at, p->bytes, p->page) &&
         sum_of(p->bytes, p->page, number, (uint64_t)version) == found[1 - version % 2].sum;
}

static int save(const place *p, size_t number) {
  header found[2];
  int64_t version = newest(p, number, found) + 1;
  if (version < 1) return 0;
  char *bytes = p->bytes + sizeof(header);
  header new = {"", (int64_t)number, version, sum_of(bytes, p->page, number, (uint64_t)version)};
  memcpy(new.tag, "vmempage", 8);
  size_t middle = middle_of(p, number);
  int done;
  if (version % 2 == 0) {
    memcpy(p->bytes, &new, sizeof new);
    done = put(p->file, middle + sizeof(header), p->bytes, sizeof new + p->page);
  } else {
    memcpy(bytes + p->page, &new, sizeof new);
    done = put(p->file, middle - p->page, bytes, p->page + sizeof new);
  }
  int64_t entry[2] = {version, entry_sum(number, (uint64_t)version)};
  return done && put(p->file, (number - 1) * TAKEN, entry, TAKEN);
}

/* Loads or saves pages by their numbers, of a file that holds so many. */
static int move_pages(lua_State *L, int (*move)(const place *p, size_t number)) {
  size_t times, page = b_page();
  place p = {b_checkfile(L, 1), page, b_checksize(L, 3), NULL};
  const size_t *number = b_checkoffsets(L, 2, &times);
  p.bytes = lua_newuserdatauv(L, page + 2 * sizeof(header), 0);
  memset(p.bytes, 'x', page + 2 * sizeof(header));
  double start = b_now();
  for (size_t i = 0; i < times; i++)
    if (!move(&p, number[i])) return luaL_error(L, "the file fails");
  return b_each(L, start, times);
}

/* baseline.load_pages(file, numbers, count) */
static int l_load_pages(lua_State *L) { return move_pages(L, load); }

/* baseline.save_pages(file, numbers, count) */
static int l_save_pages(lua_State *L) { return move_pages(L, save); }

const luaL_Reg b_pager_functions[] = {
    {"load_pages", l_load_pages}, {"save_pages", l_save_pages}, {NULL, NULL}};
