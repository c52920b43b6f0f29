/* move_guarded.c: copies an element of which a page may be lost. On Linux, for the two usual processors, a few
** instructions do it, which the handler of SIGBUS knows by their addresses: so nothing has to be noted before. */
#define _GNU_SOURCE /* REG_RIP */

#include "os/move_guarded.h"

#include <string.h>

#include "os/guard.h"

#if defined __linux__ && (defined __x86_64__ || defined __aarch64__)

#include <ucontext.h>

/* Each copies from the second argument to the first one, and gives 1. They change no register that the caller keeps,
** and no stack: so os_move_lost, which gives 0, can go on in place of any of their instructions. */
bool os_move_1(void *to, const void *from);
bool os_move_2(void *to, const void *from);
bool os_move_4(void *to, const void *from);
bool os_move_8(void *to, const void *from);
void os_move_lost(void);
void os_move_end(void);

#define FUNCTION(name, lines) \
  ".hidden " name "\n.globl " name "\n.type " name ", %function\n" name ":\n" lines
#if defined __x86_64__
#define MOVE(size, reg) "mov (%rsi), %" reg "\nmov %" reg ", (%rdi)\nmov $1, %eax\nret\n"
#define LOST "xor %eax, %eax\nret\n"
__asm__(".text\n" FUNCTION("os_move_1", MOVE(1, "al")) FUNCTION("os_move_2", MOVE(2, "ax"))
            FUNCTION("os_move_4", MOVE(4, "eax")) FUNCTION("os_move_8", MOVE(8, "rax"))
                FUNCTION("os_move_end", "") FUNCTION("os_move_lost", LOST));
#define PLACE(context) (*(greg_t *)&(context)->uc_mcontext.gregs[REG_RIP])
typedef greg_t place;
#else
#define MOVE(suffix, reg) \
  "ldr" suffix " " reg "2, [x1]\nstr" suffix " " reg "2, [x0]\nmov w0, #1\nret\n"
#define LOST "mov w0, #0\nret\n"
__asm__(".text\n.balign 4\n" FUNCTION("os_move_1", MOVE("b", "w"))
            FUNCTION("os_move_2", MOVE("h", "w")) FUNCTION("os_move_4", MOVE("", "w"))
                FUNCTION("os_move_8", MOVE("", "x")) FUNCTION("os_move_end", "")
                    FUNCTION("os_move_lost", LOST));
#define PLACE(context) ((context)->uc_mcontext.pc)
typedef unsigned long long place;
#endif

bool os_leave_move(void *context) {
  ucontext_t *at = context;
  uintptr_t now = (uintptr_t)PLACE(at);
  if (now < (uintptr_t)os_move_1 || now >= (uintptr_t)os_move_end) return false;
  PLACE(at) = (place)(uintptr_t)os_move_lost;
  return true;
}

bool os_move(void *to, const void *from, size_t size) {
  switch (size) {
    case 1: return os_move_1(to, from);
    case 2: return os_move_2(to, from);
    case 4: return os_move_4(to, from);
    default: return os_move_8(to, from);
  }
}

#else

typedef struct element {
  void *to;
  const void *from;
  size_t size;
} element;

static void move(void *with) {
  const element *e = with;
  switch (e->size) {
    case 1: memcpy(e->to, e->from, 1); break;
    case 2: memcpy(e->to, e->from, 2); break;
    case 4: memcpy(e->to, e->from, 4); break;
    default: memcpy(e->to, e->from, 8); break;
  }
}

bool os_leave_move(void *context) {
  (void)context;
  return false;
}

bool os_move(void *to, const void *from, size_t size) {
  element e = {to, from, size};
  const os_range ranges[2] = {{(uintptr_t)to, (uintptr_t)to + size},
                              {(uintptr_t)from, (uintptr_t)from + size}};
  uintptr_t lost;
  return os_guarded(move, &e, ranges, &lost);
}

#endif
