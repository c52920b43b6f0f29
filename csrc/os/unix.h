/* unix.h: functions that the files of Linux and of other Unixes share. */
#ifndef OS_UNIX_H
#define OS_UNIX_H

#include <unistd.h>

#include "os/os.h"

/* VM_ bits to PROT_ bits. */
int unix_protection(unsigned protection);

/* An errno of mmap, mprotect and similar calls to a vm_error. */
vm_error unix_error(int error);

/* The meaning of an ENOMEM that has just come: VM_OUT_OF_MEMORY or VM_TOO_MANY_MAPPINGS. Defined by the
** system's own file. */
vm_error unix_no_memory(void);

/* The addresses [start, end) into which the first thread's stack may still grow. vmem reserves nothing
** there. */
typedef struct unix_room {
  uintptr_t start, end;
} unix_room;

unix_room unix_stack_room(void);
bool unix_is_in_stack_room(uintptr_t address, size_t size);

/* To be called when a range has been mapped anew or unmapped. Defined by the system's own file. */
void unix_note_remapped(uintptr_t address, size_t size);

/* Where the process has closed a standard descriptor, a file that vmem opens would get its number. This
** gives the same file with a number of 3 or more, closed on exec, and closes `file` if it was lower. -1
** and errno on failure, or when `file` is -1. */
int unix_above_standard(int file);

/* Maps `size` inaccessible bytes on a multiple of the granularity, at an address that the system chooses.
** VM_ADDRESS_IN_USE, and nothing is mapped, when the system chose a place in the stack's room. */
vm_error unix_reserve_anywhere(size_t size, uintptr_t *base);

/* os_peek through a pipe: write(2) fails, and does not trap, where the processor may not read. */
vm_error unix_peek_by_pipe(uintptr_t address, void *to, size_t size);

/* How many processors are running, and the most bytes that this process has had in RAM. OS_UNTOLD (machine.h) where the
** system does not say. */
uint64_t unix_processors(void);
uint64_t unix_peak_resident(void);

/* The limits that every Unix has; the others are 0. */
static inline os_limits unix_limits(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE), granularity = page > 65536 ? page : 65536;
  return (os_limits){.page_size = page, .granularity = granularity, .lowest = granularity};
}

static inline void *unix_pointer(uintptr_t address) {
  return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

#endif
