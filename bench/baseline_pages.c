/* baseline_pages.c: mmap, mprotect and munmap, called from plain C. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include <errno.h>
#include <sys/mman.h>

#include "baseline.h"

enum {
  RW = PROT_READ | PROT_WRITE,
  MADV_NOHUGEPAGE_ = 15 /* Linux; other systems refuse it, which does no harm */
};

/* baseline.map(size): the address of an inaccessible mapping */
static int l_map(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)(uintptr_t)b_map(L, b_checksize(L, 1)));
  return 1;
}

/* baseline.writable(size): the address of a read-write mapping, with small pages */
static int l_writable(lua_State *L) {
  size_t size = b_checksize(L, 1);
  void *at = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return b_refuse(L, "mmap", errno, 0);
  madvise(at, size, MADV_NOHUGEPAGE_);
  lua_pushinteger(L, (lua_Integer)(uintptr_t)at);
  return 1;
}

/* baseline.unmap(address, size) */
static int l_unmap(lua_State *L) {
  double start = b_now();
  munmap(b_checkaddress(L, 1), b_checksize(L, 2));
  return b_each(L, start, 1);
}

/* baseline.reserve(size, times): pairs of mmap and munmap */
static int l_reserve(lua_State *L) {
  size_t size = b_checksize(L, 1), times = b_checksize(L, 2);
  double start = b_now();
  for (size_t i = 0; i < times; i++) munmap(b_map(L, size), size);
  return b_each(L, start, times);
}

/* baseline.commit(address, offsets): mprotect, page by page */
static int l_commit(lua_State *L) {
  size_t count, page = b_page();
  const char *at = b_checkaddress(L, 1);
  const size_t *offset = b_checkoffsets(L, 2, &count);
  double start = b_now();
  for (size_t i = 0; i < count; i++)
    if (mprotect((void *)(at + offset[i]), page, RW) != 0) return b_refuse(L, "mprotect", errno, i);
  return b_each(L, start, count);
}

/* baseline.decommit(address, offsets): mmap over each page; mprotect would keep the contents */
static int l_decommit(lua_State *L) {
  size_t count, page = b_page();
  char *at = b_checkaddress(L, 1);
  const size_t *offset = b_checkoffsets(L, 2, &count);
  double start = b_now();
  for (size_t i = 0; i < count; i++)
    if (mmap(at + offset[i], page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
        MAP_FAILED)
      return b_refuse(L, "mmap", errno, i);
  return b_each(L, start, count);
}

/* baseline.fresh(size, part, times): mprotect of the first `part` bytes of `times` new mappings */
static int l_fresh(lua_State *L) {
  size_t size = b_checksize(L, 1), part = b_checksize(L, 2), times = b_checksize(L, 3);
  char **at = lua_newuserdatauv(L, times * sizeof *at, 0);
  size_t done = 0;
  for (size_t i = 0; i < times; i++) at[i] = b_map(L, size);
  double start = b_now();
  while (done < times && mprotect(at[done], part, RW) == 0) done++;
  int error = errno;
  double end = b_now();
  for (size_t i = 0; i < times; i++) munmap(at[i], size);
  if (done < times) return b_refuse(L, "mprotect", error, done);
  lua_pushnumber(L, (end - start) / (double)times);
  return 1;
}

/* baseline.far(size, offset, times): mmap, mprotect of a page at a far offset, a write, munmap */
static int l_far(lua_State *L) {
  size_t size = b_checksize(L, 1), offset = b_checksize(L, 2), times = b_checksize(L, 3);
  size_t page = b_page();
  double start = b_now();
  for (size_t i = 0; i < times; i++) {
    char *at = b_map(L, size);
    if (mprotect(at + offset, page, RW) != 0) return b_refuse(L, "mprotect", errno, i);
    at[offset] = 1;
    munmap(at, size);
  }
  return b_each(L, start, times);
}

/* baseline.open(times): makes a locked page accessible and inaccessible, by two calls of mprotect */
static int l_open(lua_State *L) {
  size_t times = b_checksize(L, 1), page = b_page();
  char *at = b_map(L, 3 * page) + page;
  mprotect(at, page, RW);
  mlock(at, page);
  mprotect(at, page, PROT_NONE);
  double start = b_now();
  for (size_t i = 0; i < times; i++) {
    mprotect(at, page, RW);
    mprotect(at, page, PROT_NONE);
  }
  double end = b_now();
  munmap(at - page, 3 * page);
  lua_pushnumber(L, (end - start) / (double)times);
  return 1;
}

/* baseline.touch(address, offsets): writes a byte at each offset */
static int l_touch(lua_State *L) {
  size_t count;
  char *at = b_checkaddress(L, 1);
  const size_t *offset = b_checkoffsets(L, 2, &count);
  double start = b_now();
  for (size_t i = 0; i < count; i++) *(volatile char *)(at + offset[i]) = 1;
  return b_each(L, start, count);
}

const luaL_Reg b_pages_functions[] = {{"commit", l_commit},
                                      {"decommit", l_decommit},
                                      {"far", l_far},
                                      {"fresh", l_fresh},
                                      {"map", l_map},
                                      {"open", l_open},
                                      {"reserve", l_reserve},
                                      {"touch", l_touch},
                                      {"unmap", l_unmap},
                                      {"writable", l_writable},
                                      {NULL, NULL}};
