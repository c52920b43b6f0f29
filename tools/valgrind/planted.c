/* planted.c: deliberate errors in vm_commit, to see that valgrind finds them. VMEM_PLANTED chooses the
** error; the linker sends calls of vm_commit here (--wrap). */
#include <stdlib.h>
#include <string.h>

#include "core/vmem.h"

vm_error __real_vm_commit(vm_region *r, size_t offset, size_t size, unsigned protection);
vm_error __wrap_vm_commit(vm_region *r, size_t offset, size_t size, unsigned protection);

static volatile size_t room = 8; /* the compiler is not to see it */

static void read_unwritten(void) {
  volatile char *block = malloc(room);
  if (block != NULL && block[3] == 'x') abort();
  free((void *)block);
}

static void write_behind(void) {
  volatile char *block = malloc(room);
  if (block != NULL) block[room] = 'x';
  free((void *)block);
}

static void leak(void) {
  volatile char *block = malloc(room);
  if (block != NULL) block[0] = 'x';
}

vm_error __wrap_vm_commit(vm_region *r, size_t offset, size_t size, unsigned protection) {
  const char *wanted = getenv("VMEM_PLANTED");
  if (wanted != NULL && strcmp(wanted, "read") == 0) read_unwritten();
  if (wanted != NULL && strcmp(wanted, "write") == 0) write_behind();
  if (wanted != NULL && strcmp(wanted, "leak") == 0) leak();
  return __real_vm_commit(r, offset, size, protection);
}
