/* files.h: the model's verbs for sections of files on a disk. */
#ifndef FILES_H
#define FILES_H

#include "verbs.h"

/* Random arguments for them. */
void files_choose(request *q);

/* A section of a file in place of the one in the slot. */
vm_error make_file(const request *q);

/* Another process makes the file shorter or longer. */
vm_error cut_file(const request *q);

/* vm_detach_past: each attachment loses all its pages behind the end, or none. */
vm_error detach_past(const request *q);

/* vm_loss_of. */
vm_error ask_loss(const request *q);

/* vm_section_flush: every attached page of the range is given to the system once, and no other. */
vm_error flush_section(const request *q);

#endif
