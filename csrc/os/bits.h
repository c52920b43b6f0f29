/* bits.h: the bits of a page and the errors, which all floors share; and that they need 64 bits. */
#ifndef OS_BITS_H
#define OS_BITS_H

#include <stdint.h>

/* Files that would not work with 32 bits read this before their compiler complains of anything else. The simulated
** machine of the playground may have 32: WebAssembly has no more, and no region there is larger than memory. */
#if UINTPTR_MAX < UINT64_MAX && !defined VM_SIMULATED
#error "vmem needs a 64-bit system: docs/design.md says why"
#endif

/* The byte that the page table keeps for each page. 0 is a reserved page. */
enum {
  VM_READ = 1,
  VM_WRITE = 2,
  VM_EXECUTE = 4,
  VM_GUARD = 8, /* the next access faults, and takes this bit away */
  VM_COMMITTED = 16,
  VM_LOCKED = 32, /* of a committed page: kept in RAM by vm_lock */
  VM_MARKED =
      32, /* of a reserved page: its mapping is read-write, and something else traps (core/marking.h) */
  /* Set together with VM_READ and VM_EXECUTE for the protection "x". Processors like x86 have no pages
  ** that can be executed but not read, and on them Windows lets PAGE_EXECUTE be read. So "x" can be read. */
  VM_EXECUTE_ONLY = 64,
  /* The page is armed: its next write is noted. Where that matters, reserved pages have it too. */
  VM_UNWRITTEN = 128,
  VM_PROTECTION = VM_READ | VM_WRITE | VM_EXECUTE | VM_GUARD | VM_EXECUTE_ONLY,
  VM_STATE = VM_PROTECTION | VM_COMMITTED /* pages of one run have these bits alike */
};

/* The result of a call: VM_OK, or why it failed. */
typedef enum vm_error {
  VM_OK,
  VM_OUT_OF_MEMORY,
  VM_ADDRESS_IN_USE,
  VM_TOO_MANY_MAPPINGS,
  VM_NOT_COMMITTED,
  VM_PERMISSION_DENIED,
  VM_NOT_SUPPORTED,
  VM_INVALID_ADDRESS,
  VM_TOO_MANY_FILES, /* the call needs a file or a pipe, and the process has no descriptor left */
  VM_IN_USE,         /* a trap has the pages; or they are committed, and so cannot be trapped */
  VM_DISK_FULL,      /* the file system of a section has no room */
  VM_FILE_TOO_LARGE, /* more than the process may write to a file (ulimit -f), which memory of sections is too */
  VM_NO_FILE,  /* nothing has that path */
  VM_BAD_FILE, /* it is of a kind that cannot be a section */
  VM_PAST_END, /* pages lie behind the end of their file, which has become shorter */
  VM_IO_ERROR, /* the disk, or the network, has failed */
  VM_LAST_ERROR = VM_IO_ERROR
} vm_error;

/* What makes an access to a marked page trap: a marker, or that the page is missing. */
typedef enum vm_marked_by { VM_BY_MARKER, VM_BY_MISSING } vm_marked_by;

#endif
