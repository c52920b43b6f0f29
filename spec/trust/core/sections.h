/* sections.h: the model's sections: what they hold, who holds them, and the verbs that make and attach them. */
#ifndef SECTIONS_H
#define SECTIONS_H

#include "verbs.h"

enum { SECTION_SLOTS = 3 };

/* A sequence begins; or ends, with its regions gone: the slots are closed. */
void sections_begin(void);
void sections_end(void);

/* Random arguments for the verbs below: a section and a place in it. Ranges of vm_attach are whole pages at first. */
void sections_choose(request *q);

/* A section in place of the one in the slot, which is closed, whatever shows it. */
vm_error make_section(const request *q);
vm_error can_close(const request *q);
vm_error close_section(const request *q);
vm_error can_grow(const request *q);
vm_error grow_section(const request *q);

vm_error can_attach(const request *q);
vm_error attach(const request *q);
void becomes_attached(const request *q, uint64_t page);

/* VM_PERMISSION_DENIED if the section of a page of the range does not allow the protection. */
vm_error all_attached_may(const request *q);

/* The same for one page. */
bool section_allows(const model_page *page, unsigned protection);

/* Compares the lists of attachments of all regions, and who holds the sections. */
void sections_compare(model *slot, size_t slots);

#endif
