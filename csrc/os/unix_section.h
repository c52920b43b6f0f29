/* unix_section.h: functions for sections that the files of Linux and of other Unixes share. */
#ifndef OS_UNIX_SECTION_H
#define OS_UNIX_SECTION_H

#include "os/section.h"

/* An errno of a call for files to a vm_error. */
vm_error unix_file_error(int error);

/* Makes a file of `from` bytes `to` bytes long, and takes memory for the new ones. After a failure it has its old
** length. The errors of os_section_new, and VM_DISK_FULL. */
vm_error unix_lengthen(int file, uint64_t from, uint64_t to);

/* The same for a new file in memory. */
vm_error unix_fill_memory(int file, uint64_t size);

/* Makes a section without a name of a file, or closes it if there is an error, which it returns. */
vm_error unix_give_section(int file, vm_error error, bool executable, os_section *section);

/* Notes which file the section is: other code may close its descriptor, and the number may be another file's then. */
void unix_note_file(os_section *section);

/* Whether it still is that file. */
bool unix_is_same_file(const os_section *section);

/* Whether the system has so much memory left, as far as it says. Defined by the system's own file. */
bool unix_has_memory(uint64_t size);

/* To be called before pages of a section are attached; false when there is no memory for it. Defined by the
** system's own file. */
bool unix_note_attached(uintptr_t address, size_t size);

#endif
