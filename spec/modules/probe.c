/* probe.c: what specs need of the system and Lua does not have. */
#define _GNU_SOURCE
#include <errno.h>
#include <lauxlib.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int answer(lua_State *L, int result) {
  if (result == 0) {
    lua_pushboolean(L, 1);
    return 1;
  }
  luaL_pushfail(L);
  lua_pushstring(L, strerror(errno));
  return 2;
}

/* All of the process stays in RAM, now and later. */
static int lock_all(lua_State *L) { return answer(L, mlockall(MCL_CURRENT | MCL_FUTURE)); }

/* (advice, errno): from now on madvise of that advice is answered so. Little-endian, as the argument's low word
** comes first. */
static int refuse_advice(lua_State *L) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)luaL_checkinteger(L, 1), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)luaL_checkinteger(L, 2)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return answer(L, -1);
  return answer(L, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

__attribute__((visibility("default"))) int luaopen_probe(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"lock_all", lock_all}, {"refuse_advice", refuse_advice}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
