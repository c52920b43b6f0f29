/* unix_section.h: functions for sections that the files of Linux and of other Unixes share. */
#ifndef OS_UNIX_SECTION_H
#define OS_UNIX_SECTION_H

#include "os/section.h"

/* An errno of a call for files to a vm_error. */
vm_error unix_file_error(int error);

/* Makes a file of `from` bytes `to` bytes long, with zeros, and takes room for the new ones unless `sparse`. After a
** failure it has its old length. VM_DISK_FULL, VM_FILE_TOO_LARGE, and others. */
vm_error unix_lengthen(int file, uint64_t from, uint64_t to, bool sparse);

/* VM_FILE_TOO_LARGE for more bytes than the process may give to a file. Beyond that limit the system would send a
** signal, which ends the process. */
vm_error unix_check_limit(uint64_t size);

/* Takes the room for bytes [0, size) of a file, which keep what they hold; it may become that long. The error is an
** errno; 0 also where the file system takes no room beforehand. */
int unix_take_room(int file, uint64_t from, uint64_t to);

/* The same for a new file in memory. */
vm_error unix_fill_memory(int file, uint64_t size);

/* Makes a section without a name of a file, or closes it if there is an error, which it returns. */
vm_error unix_give_section(int file, vm_error error, bool executable, os_section *section);

/* Whether a file is in memory, and nobody can ever make it smaller; if so, *executable is whether its pages may be
** executed. Defined by the system's own file. */
bool unix_is_sealed(int file, bool *executable);

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
