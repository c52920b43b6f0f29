/* baseline_bytes.c: works on many bytes or elements at once. Most functions take the memory, its size, and
** the number of repetitions. */
#define _GNU_SOURCE /* memmem */

#include <stdio.h>
#include <string.h>

#include "baseline.h"

typedef struct block {
  char *at;
  size_t size, times;
} block;

static block check_block(lua_State *L) {
  return (block){b_checkaddress(L, 1), b_checksize(L, 2), b_checksize(L, 3)};
}

/* The compiler cannot drop a repetition, because it does not know what the memory is used for. */
#define REPEAT(L, b, ...)                                   \
  do {                                                      \
    double start = b_now();                                 \
    for (size_t repeat = 0; repeat < (b).times; repeat++) { \
      __VA_ARGS__;                                          \
      __asm__ volatile("" : : "r"((b).at) : "memory");      \
    }                                                       \
    return b_each(L, start, (b).times);                     \
  } while (0)

static int l_fill(lua_State *L) {
  block b = check_block(L);
  REPEAT(L, b, memset(b.at, 0x5a, b.size));
}

/* baseline.copy(pointer, size, times): copies to the bytes after these; the next functions are similar */
static int l_copy(lua_State *L) {
  block b = check_block(L);
  REPEAT(L, b, memcpy(b.at + b.size, b.at, b.size));
}

static int l_compare(lua_State *L) {
  block b = check_block(L);
  REPEAT(L, b, b_sink = (uint64_t)memcmp(b.at, b.at + b.size, b.size));
}

/* baseline.find(pointer, size, times, needle) */
static int l_find(lua_State *L) {
  block b = check_block(L);
  size_t length;
  const char *needle = luaL_checklstring(L, 4, &length);
  REPEAT(L, b, b_sink = (uintptr_t)memmem(b.at, b.size, needle, length));
}

/* baseline.string(pointer, size): makes a Lua string, without any checks */
static int l_string(lua_State *L) {
  lua_pushlstring(L, lua_touserdata(L, 1), (size_t)lua_tointeger(L, 2));
  return 1;
}

/* baseline.write(pointer, size, times, bytes) */
static int l_write(lua_State *L) {
  block b = check_block(L);
  const char *bytes = luaL_checkstring(L, 4);
  REPEAT(L, b, memcpy(b.at, bytes, b.size));
}

/* baseline.save(pointer, size, times, file): writes from the file's start on; load reads in the same way */
static int l_save(lua_State *L) {
  block b = check_block(L);
  FILE *file = b_checkfile(L, 4);
  REPEAT(L, b, {
    rewind(file);
    if (fwrite(b.at, 1, b.size, file) != b.size) return luaL_error(L, "fwrite failed");
  });
}

static int l_load(lua_State *L) {
  block b = check_block(L);
  FILE *file = b_checkfile(L, 4);
  REPEAT(L, b, {
    rewind(file);
    if (fread(b.at, 1, b.size, file) != b.size) return luaL_error(L, "fread failed");
  });
}

/* baseline.copy_pages(to, from, offsets): memcpy of the page at each offset */
static int l_copy_pages(lua_State *L) {
  size_t count, page = b_page();
  char *to = b_checkaddress(L, 1);
  const char *from = b_checkaddress(L, 2);
  const size_t *offset = b_checkoffsets(L, 3, &count);
  double start = b_now();
  for (size_t i = 0; i < count; i++) memcpy(to + offset[i], from + offset[i], page);
  return b_each(L, start, 1);
}

/* {====== Elements ====== */

static int l_fill_u32(lua_State *L) {
  block b = check_block(L);
  uint32_t *element = (uint32_t *)(void *)b.at;
  REPEAT(L, b, for (size_t i = 0; i < b.size / 4; i++) element[i] = 0x12345678);
}

static int l_sum_u32(lua_State *L) {
  block b = check_block(L);
  const uint32_t *element = (const uint32_t *)(void *)b.at;
  REPEAT(L, b, {
    uint64_t sum = 0;
    for (size_t i = 0; i < b.size / 4; i++) sum += element[i];
    b_sink = sum;
  });
}

static int l_sum_f64(lua_State *L) {
  block b = check_block(L);
  const double *element = (const double *)(void *)b.at;
  REPEAT(L, b, {
    double sum = 0;
    for (size_t i = 0; i < b.size / 8; i++) sum += element[i];
    b_sink = (uint64_t)sum;
  });
}

static int l_minmax_u32(lua_State *L) {
  block b = check_block(L);
  const uint32_t *element = (const uint32_t *)(void *)b.at;
  REPEAT(L, b, {
    uint32_t least = element[0], most = element[0];
    for (size_t i = 0; i < b.size / 4; i++) {
      if (element[i] < least) least = element[i];
      if (element[i] > most) most = element[i];
    }
    b_sink = least + (uint64_t)most;
  });
}

/* ====== } */

const luaL_Reg b_bytes_functions[] = {{"compare", l_compare},
                                      {"copy", l_copy},
                                      {"copy_pages", l_copy_pages},
                                      {"fill", l_fill},
                                      {"fill_u32", l_fill_u32},
                                      {"find", l_find},
                                      {"load", l_load},
                                      {"minmax_u32", l_minmax_u32},
                                      {"save", l_save},
                                      {"string", l_string},
                                      {"sum_f64", l_sum_f64},
                                      {"sum_u32", l_sum_u32},
                                      {"write", l_write},
                                      {NULL, NULL}};
