/* flush.h: what was written to pages of a section goes to the disk. */
#ifndef FLUSH_H
#define FLUSH_H

#include "core/section.h"

/* Bytes [from, from+size) that were written to pages of the space's regions are on the disk when this returns; without
** `wait`, on their way. The errors of os_flush_pages and os_section_flush. */
vm_error vm_section_flush(const vm_space *space, const vm_section *section, uint64_t from,
                          uint64_t size, bool wait);

#endif
