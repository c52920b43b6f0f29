/* record.h: what happens to the regions of a space, written down as a list of events. Knows no Lua:
** the Lua side tells of each event, with the line of the script. A recording that finds no room ends
** by itself, and what it was told of goes on as if nobody had listened. */
#ifndef RECORD_H
#define RECORD_H

#include "core/vmem.h"

/* What an event is about, and the word for it. The second part is what a refusal is of, too. */
#define VM_WHATS(DO)       \
  DO(RESERVE, "reserve")   \
  DO(COMMIT, "commit")     \
  DO(DECOMMIT, "decommit") \
  DO(PROTECT, "protect")   \
  DO(RELEASE, "release")   \
  DO(LOCK, "lock")         \
  DO(UNLOCK, "unlock")     \
  DO(PREFETCH, "prefetch") \
  DO(DISCARD, "discard")   \
  DO(REARM, "rearm")       \
  DO(ALLOCATE, "allocate") \
  DO(READ, "read")         \
  DO(WRITE, "write")       \
  DO(FAULT, "fault")       \
  DO(MEND, "mend")         \
  DO(REFUSED, "refused")

typedef enum vm_event_kind {
#define VM_ENUMERATE(name, word) VM_DID_##name,
  VM_WHATS(VM_ENUMERATE)
#undef VM_ENUMERATE
      VM_WHAT_COUNT
} vm_event_kind;

/* Who has released a region. */
typedef enum vm_release_cause { VM_BY_CALL, VM_BY_CLOSE, VM_BY_COLLECTION } vm_release_cause;

typedef struct vm_event {
  uint64_t time;         /* nanoseconds since the start */
  uint64_t offset, size; /* as asked for, not widened to pages; offset: an address without region */
  uint64_t committed;    /* bytes of the region afterwards */
  uint32_t region;       /* from 1 on, in the order in which the recording met them; 0: none */
  uint32_t source, line; /* of the script; source is from 1 on, 0: no script was running */
  uint32_t count;        /* reads or writes that are one event, else 1 */
  uint8_t what;
  uint8_t byte;   /* bits of VM_PROTECTION asked for; of VM_STATE, for a fault and a mending */
  uint8_t access; /* of a fault: VM_READ or VM_WRITE */
  uint8_t
      detail; /* release: vm_release_cause. refused: vm_event_kind. fault: 1 if a guard could not be taken off */
  uint8_t error; /* vm_error; VM_OK unless refused */
} vm_event;

/* A region that was met. */
typedef struct vm_recorded_region {
  uintptr_t base;
  size_t size;
  unsigned page_shift;
  unsigned protection; /* what commit applies by default */
  bool before;         /* it was there when the recording began */
  char *name;          /* or NULL */
  size_t resident;     /* bytes, when last looked */
} vm_recorded_region;

/* Committed pages of a region that was there before. */
typedef struct vm_start_run {
  uint32_t region;
  vm_run run;
} vm_start_run;

/* What of a region was resident after so many events; told when it changes. */
typedef struct vm_sample {
  uint64_t event;
  uint32_t region;
  size_t bytes;
} vm_sample;

/* Residency has been looked at after so many events. */
typedef struct vm_residency_look {
  uint64_t event;
} vm_residency_look;

typedef enum vm_recording_end {
  VM_RECORDING,
  VM_STOPPED,
  VM_AT_LIMIT,
  VM_NO_ROOM
} vm_recording_end;

typedef struct vm_source {
  char *name; /* "@file", or what Lua calls a script that is none */
  uint32_t next;
  char *code; /* of the function that was running when it was entered, as lua_dump writes it */
  size_t code_size, code_room;
} vm_source;

enum { VM_SOURCE_LISTS = 256 };

/* Read only outside. */
typedef struct vm_recording {
  vm_space *space;
  bool reads;     /* told of reads too */
  bool writes;    /* told of writes too */
  bool merge;     /* accesses of one line to one page are one event */
  bool residency; /* looks at what is resident */
  vm_recording_end end;
  uint64_t limit;             /* of events */
  uint64_t started, duration; /* nanoseconds; the duration once it has ended */
  vm_event **block;
  vm_recorded_region *met;
  vm_start_run *run;
  vm_sample *sample;
  vm_residency_look *look;
  vm_source *source;
  size_t events, blocks, block_room, mets, met_room, runs, run_room, samples, sample_room, looks,
      look_room, sources, source_room;
  uint32_t list[VM_SOURCE_LISTS]; /* of sources, by hash: the first one */
  uint64_t looked_at;             /* the number of events when residency was last looked at */
  uint64_t looking;               /* nanoseconds spent on that, since the start */
  uint64_t last_look;             /* nanoseconds that the last one took */
} vm_recording;

typedef struct vm_record_options {
  bool reads, writes, merge, residency;
  uint64_t limit;
} vm_record_options;

/* Begins to record a space of which there is no recording. NULL when there is no memory. */
vm_recording *vm_recording_new(vm_space *space, const vm_record_options *options);

/* Ends it, if it has not ended yet. */
void vm_recording_stop(vm_recording *recording);

void vm_recording_free(vm_recording *recording);

/* The recording follows a region that has just been reserved: tells of it. `event` has what vm_record
** does not know. */
void vm_record_reserve(vm_recording *recording, vm_region *region, const vm_event *event);

/* Adds an event. `region` is one that the recording has met, released or not, or NULL. Knows time,
** region, committed and count by itself. A read or write that follows one of the same line in the same
** pages becomes one event with it, if the recording merges. */
void vm_record(vm_recording *recording, vm_region *region, const vm_event *event);

/* Something is about to take pages away: looks at what is resident until then, if there is time. */
void vm_record_before(vm_recording *recording);

/* The number of a source, entered if it is new; 0 when there is no memory. */
uint32_t vm_record_source(vm_recording *recording, const char *name);

/* Appends to the code of a source. False when there is no memory. */
bool vm_record_code(vm_recording *recording, uint32_t source, const void *bytes, size_t size);

/* Forgets it. */
void vm_forget_code(vm_recording *recording, uint32_t source);

/* The event at a place, from 0 on. */
const vm_event *vm_event_at(const vm_recording *recording, size_t place);

#endif
