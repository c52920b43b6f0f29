/* snapshots.h: the model's snapshot of a region: at most one. */
#ifndef SNAPSHOTS_H
#define SNAPSHOTS_H

#include "verbs.h"

/* Rules: a wiped or concealed region has no snapshot; only what has been taken can be restored. */
vm_error may_have_snapshot(const request *q);
vm_error has_snapshot(const request *q);
vm_error may_restore(const request *q);

/* Takes a snapshot in place of the one before. */
vm_error take_snapshot(const request *q);
void becomes_saved(const request *q, uint64_t page);

vm_error restore(const request *q);
void becomes_restored(const request *q, uint64_t page);
void restore_loses(const request *q, model_excuse *excuse);

/* Goes over the runs of pages that have changed: each changed page of the model must be in one. */
vm_error ask_changed(const request *q);

/* The page of a file is lost: a private copy takes its contents with it, and those that its snapshot has not copied. */
void snapshots_lose(model *m, uint64_t page);

#endif
