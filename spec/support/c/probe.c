/* probe.c: system calls that specs need and Lua does not have. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/linux.h"

static int push_success(lua_State *L, int result) {
  if (result == 0) {
    lua_pushboolean(L, 1);
    return 1;
  }
  luaL_pushfail(L);
  lua_pushstring(L, strerror(errno));
  return 2;
}

/* memfd(seals): a descriptor of a file in memory of 64 KiB with these seals. */
static int memfd(lua_State *L) {
  int seals = (int)luaL_checkinteger(L, 1);
  int file = (int)syscall(SYS_memfd_create, "probe", 3U); /* closed on exec, may be sealed */
  if (file < 0 || ftruncate(file, 65536) != 0 || fcntl(file, F_ADD_SEALS, seals) != 0)
    return push_success(L, -1);
  lua_pushinteger(L, file);
  return 1;
}

/* Locks all memory of the process in RAM, also what it maps later. */
static int lock_all(lua_State *L) { return push_success(L, mlockall(MCL_CURRENT | MCL_FUTURE)); }

/* {====== Refusing system calls, as sandboxes do ====== */

static long number_of(lua_State *L) {
  static const char *const names[] = {
      "ioctl",  "madvise", "mincore",          "mlock",   "mmap",        "mprotect", "munmap",
      "mremap", "prctl",   "process_vm_readv", "munlock", "userfaultfd", NULL};
  static const long numbers[] = {SYS_ioctl, SYS_madvise,          SYS_mincore, SYS_mlock,
                                 SYS_mmap,  SYS_mprotect,         SYS_munmap,  SYS_mremap,
                                 SYS_prctl, SYS_process_vm_readv, SYS_munlock, SYS_userfaultfd};
  return numbers[luaL_checkoption(L, 1, NULL, names)];
}

static unsigned unsigned_at(lua_State *L, int index) {
  return (unsigned)luaL_checkinteger(L, index);
}

enum { LOW_WORD = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0 };

/* refuse(call, errno, [argument, bits, value]): from now on this process and its children cannot make the call,
** or not with an argument (counted from 0) of which these bits of the low word have this value. */
static int refuse(lua_State *L) {
  unsigned call = (unsigned)number_of(L), answer = SECCOMP_RET_ERRNO | unsigned_at(L, 2);
  bool always = lua_isnoneornil(L, 3);
  unsigned at = LOW_WORD + (unsigned)offsetof(struct seccomp_data, args) +
                8 * (always ? 0 : unsigned_at(L, 3));
  unsigned bits = always ? 0 : unsigned_at(L, 4), value = always ? 0 : unsigned_at(L, 5);
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, bits),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, answer),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return push_success(L, -1);
  return push_success(L, prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

/* errno_of(call, arguments): the errno with which the call fails, or nil. */
static int errno_of(lua_State *L) {
  long call = number_of(L), argument[6];
  for (int i = 0; i < 6; i++) argument[i] = (long)luaL_optinteger(L, i + 2, 0);
  if (syscall(call, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]) !=
      -1)
    return 0;
  lua_pushinteger(L, errno);
  return 1;
}

/* ====== } */

/* {====== Descriptors ====== */

static int opened(const char *kind) {
  int ends[2] = {-1, -1};
  if (strcmp(kind, "epoll") == 0) return epoll_create1(0);
  if (strcmp(kind, "eventfd") == 0) return eventfd(0, 0);
  if (strcmp(kind, "pipe") == 0 && pipe(ends) == 0) close(ends[1]);
  if (strcmp(kind, "pipe") == 0) return ends[0];
  if (strcmp(kind, "socket") == 0) return socket(AF_UNIX, SOCK_STREAM, 0);
  if (strcmp(kind, "userfaultfd") != 0) return open(kind, O_RDONLY);
  int file = (int)syscall(SYS_userfaultfd, O_CLOEXEC | 1); /* 1: user mode only */
  struct uffdio_api ask = {.api = UFFD_API};
  if (file >= 0) (void)linux_ioctl(file, UFFDIO_API, &ask);
  return file;
}

/* take(kind or path, number): opens a descriptor with that number. False if it cannot be opened. */
static int take(lua_State *L) {
  int file = opened(luaL_checkstring(L, 1)), number = (int)luaL_checkinteger(L, 2);
  lua_pushboolean(L, file >= 0 && dup2(file, number) == number);
  if (file >= 0 && file != number) close(file);
  return 1;
}

/* which(number): identifies the file of a descriptor. */
static int which(lua_State *L) {
  struct stat now;
  if (fstat((int)luaL_checkinteger(L, 1), &now) != 0) return 0;
  lua_pushfstring(L, "%I:%I", (LUAI_UACINT)now.st_dev, (LUAI_UACINT)now.st_ino);
  return 1;
}

/* limit_files(number): the process can open no descriptor with this number or a higher one. */
static int limit_files(lua_State *L) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return luaL_error(L, "getrlimit fails");
  limit.rlim_cur = (rlim_t)luaL_checkinteger(L, 1);
  lua_pushboolean(L, setrlimit(RLIMIT_NOFILE, &limit) == 0);
  return 1;
}

/* ====== } */

__attribute__((visibility("default"))) int luaopen_probe(lua_State *L) {
  static const luaL_Reg functions[] = {{"errno_of", errno_of}, {"limit_files", limit_files},
                                       {"lock_all", lock_all}, {"memfd", memfd},
                                       {"refuse", refuse},     {"take", take},
                                       {"which", which},       {NULL, NULL}};
  luaL_newlib(L, functions);
  lua_pushinteger(L, UFFDIO_ZEROPAGE);
  lua_setfield(L, -2, "UFFDIO_ZEROPAGE");
  lua_pushinteger(L, UFFDIO_REGISTER);
  lua_setfield(L, -2, "UFFDIO_REGISTER");
  return 1;
}
