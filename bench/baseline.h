/* baseline.h: functions shared by the measurements in plain C. Each measurement returns nanoseconds for one
** operation, or nil and a note if the system refuses. */
#ifndef BASELINE_H
#define BASELINE_H

#include <lauxlib.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Nanoseconds of a clock that never goes backward. */
double b_now(void);

/* Pushes the time since `start` over `times`, and returns 1. */
int b_each(lua_State *L, double start, size_t times);

/* Pushes nil and a note, and returns 2. */
int b_refuse(lua_State *L, const char *call, int error, size_t done);

/* An inaccessible mapping; raises if the system refuses it. */
char *b_map(lua_State *L, size_t size);

size_t b_checksize(lua_State *L, int arg);

/* An address returned by an earlier call, as an integer or a light userdata. */
char *b_checkaddress(lua_State *L, int arg);

/* The integers of a Lua list, as an array that lives as long as the C function's stack. */
const size_t *b_checkoffsets(lua_State *L, int arg, size_t *count);

/* Of a Lua file. */
FILE *b_checkfile(lua_State *L, int arg);

/* Results are stored here, so that the compiler cannot drop the work. */
extern volatile uint64_t b_sink;

size_t b_page(void);

extern const luaL_Reg b_access_functions[], b_arena_functions[], b_asking_functions[],
    b_bytes_functions[], b_fault_functions[], b_pager_functions[], b_pages_functions[],
    b_paging_functions[], b_section_functions[], b_socket_functions[];

#endif
