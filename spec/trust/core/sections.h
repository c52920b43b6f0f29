/* sections.h: the model's sections: what they hold, who holds them, and the verbs that make and attach them. */
#ifndef SECTIONS_H
#define SECTIONS_H

#include "verbs.h"

enum { SECTION_SLOTS = 3 };

/* A sequence begins; or ends, with its regions gone: the slots are closed. */
void sections_begin(void);
void sections_end(void);

/* All regions that the model has. */
void sections_know(model *all, size_t many);

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
/* The section of a slot, or NULL. Puts another one there, which is open, and has number and content still to get. */
model_section *section_of(const request *q);
bool sections_are_full(void);
void put_section(const request *q, const model_section *made);

/* Takes from the fake kernel what other processes have done to files. */
void sections_look(void);

/* The file of a slot, for another process; 0 if it has none on a disk. */
int sections_file(size_t slot);
bool sections_have_file(void);

/* How many attached pages of all regions show bytes [from, to) of a section, and are no copies. */
uint64_t sections_shared(const model_section *section, uint64_t from, uint64_t to);

void becomes_attached(const request *q, uint64_t page);

/* VM_PERMISSION_DENIED if the section of a page of the range does not allow the protection. */
vm_error all_attached_may(const request *q);

/* The same for one page. */
bool section_allows(const model_page *page, unsigned protection);

/* Compares the lists of attachments of all regions, and who holds the sections. */
void sections_compare(model *slot, size_t slots);

#endif
