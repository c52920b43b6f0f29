/* unix.h: what the files of Linux and those of other Unixes share. */
#ifndef OS_UNIX_H
#define OS_UNIX_H

#include "os/os.h"

/* PROT_ bits. */
int unix_protection(unsigned protection);

/* The reason behind errno after mmap, mprotect and their kin. */
vm_error unix_error(int error);

/* What ENOMEM means right now. Defined by the system's own file. */
vm_error unix_no_memory(void);

/* Addresses that the first thread's stack may still grow to, [start, end): nothing of ours goes there. */
typedef struct unix_room {
  uintptr_t start, end;
} unix_room;

unix_room unix_stack_room(void);
bool unix_is_in_stack_room(uintptr_t address, size_t size);

/* Told of ranges that have been mapped anew, or not at all. Defined by the system's own file. */
void unix_note_remapped(uintptr_t address, size_t size);

/* A descriptor of vmem's own must not become a standard one, should those be closed: the same file with a
** number of 3 or more, closed on exec; -1 and errno. */
int unix_above_standard(int file);

/* Maps size bytes that nobody may touch, on a multiple of the granularity, wherever they fit.
** VM_ADDRESS_IN_USE, and nothing is mapped, where the system had nothing but the stack's room. */
vm_error unix_reserve_anywhere(size_t size, uintptr_t *base);

/* os_peek by write(2) to a pipe, which fails where the processor would. */
vm_error unix_peek_by_pipe(uintptr_t address, void *to, size_t size);

/* Touches every page, keeping the contents. */
void unix_touch(uintptr_t address, size_t size, unsigned protection);

static inline void *unix_pointer(uintptr_t address) {
  return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

#endif
