/* record.h: a recording: the events of the regions of a space, as a list.
**
** It knows no Lua: the Lua side reports each event, with the script's line. A recording ends by itself
** when there is no memory for it; the calls that it records are not affected. */
#ifndef RECORD_H
#define RECORD_H

#include "core/vmem.h"

/* The kinds of events, and the word for each in Lua. A refusal also names the kind that was refused. */
#define VM_EVENT_KINDS(DO) \
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
  DO(SNAPSHOT, "snapshot") \
  DO(RESTORE, "restore")   \
  DO(ALLOCATE, "allocate") \
  DO(READ, "read")         \
  DO(WRITE, "write")       \
  DO(FAULT, "fault")       \
  DO(MEND, "mend")         \
  DO(ANSWER, "answer")     \
  DO(TRAP, "trap")         \
  DO(ATTACH, "attach")     \
  DO(NOTE, "note")         \
  DO(REFUSED, "refused")

typedef enum vm_event_kind {
#define VM_ENUMERATE(name, word) VM_DID_##name,
  VM_EVENT_KINDS(VM_ENUMERATE)
#undef VM_ENUMERATE
      VM_EVENT_KIND_COUNT
} vm_event_kind;

/* How a region was released. */
typedef enum vm_release_cause { VM_BY_CALL, VM_BY_CLOSE, VM_BY_COLLECTION } vm_release_cause;

#define VM_NOT_SEEN UINT64_MAX

typedef struct vm_event {
  uint64_t time; /* nanoseconds since the start */
  uint64_t offset,
      size; /* of the call, not widened to pages; without a region, offset is an address */
  uint64_t committed; /* bytes of the region afterwards */
  uint64_t resident; /* bytes of the region at the last look up to the next event, or VM_NOT_SEEN */
  uint32_t region;   /* index into `met`, from 1 on; 0: none */
  uint32_t source, line; /* of the script; source is an index from 1 on, 0: no script was running */
  uint32_t count;        /* how many reads, writes or answers are merged into this event, else 1 */
  uint8_t what;          /* vm_event_kind */
  uint8_t
      byte; /* the call's protection, bits of VM_PROTECTION; fault, mend and answer: bits of VM_STATE;
                   trap: what it answers, VM_READ and VM_WRITE */
  uint8_t access; /* of a fault or an answer: VM_READ or VM_WRITE */
  uint8_t
      detail; /* release: vm_release_cause; refused: vm_event_kind; fault: 1 if a guard stayed on;
                 write: 1 if it is done already; attach: 1 if what is written stays in the region */
  uint8_t error; /* vm_error; VM_OK unless refused */
} vm_event;

/* A region that the recording knows. */
typedef struct vm_recorded_region {
  uintptr_t base;
  size_t size;
  unsigned page_shift;
  unsigned protection; /* what commit applies by default */
  bool before;         /* it existed when the recording began */
  char *name;          /* or NULL */
  size_t resident;     /* bytes, at the last look */
} vm_recorded_region;

/* A run of pages, committed or trapped, of a region that existed when the recording began. */
typedef struct vm_start_run {
  uint32_t region;
  unsigned trap; /* what it answers, VM_READ and VM_WRITE */
  unsigned
      attached; /* 0: the pages are the region's own; 1: a section's; 2: private copies of a section's */
  vm_run run;
} vm_start_run;

/* How many bytes of a region were resident after so many events. There is a sample only when that changes. */
typedef struct vm_sample {
  uint64_t event;
  uint32_t region;
  size_t bytes;
} vm_sample;

/* The recording has looked at the residency of all regions after so many events. A later look after as many replaces
** it. */
typedef struct vm_residency_look {
  uint64_t event;
} vm_residency_look;

/* What the script says of the events that follow. */
typedef struct vm_chapter {
  uint64_t event; /* its own, by its index from 0 on */
  char *text;
  size_t size; /* bytes */
} vm_chapter;

enum { VM_BYTES_SHOWN = 64 };

/* The first bytes of a write, before and after it. */
typedef struct vm_written_bytes {
  uint64_t event;                  /* its index from 0 on */
  uint8_t before_size, after_size; /* 0: not known */
  char before[VM_BYTES_SHOWN], after[VM_BYTES_SHOWN];
} vm_written_bytes;

typedef enum vm_recording_end {
  VM_RECORDING,
  VM_STOPPED,
  VM_AT_LIMIT,
  VM_NO_ROOM
} vm_recording_end;

typedef struct vm_source {
  char *name;    /* Lua's name of the chunk: "@file" for a file */
  uint32_t next; /* in its hash list; 0: none */
  char *code; /* the function that was running when the source was added, as lua_dump writes it */
  size_t code_size, code_room;
} vm_source;

enum { VM_SOURCE_LISTS = 256 };

enum { VM_EVENT_BLOCK = 1024 }; /* events */

/* When a recording looks at residency. */
typedef enum vm_look_when { VM_LOOK_AT_EVENT, VM_LOOK_BEFORE_CALL, VM_LOOK_TIMES } vm_look_when;

/* Only the files of a recording, record*.c, change the fields. */
typedef struct vm_recording {
  vm_space *space;
  bool reads;     /* reads are recorded too */
  bool writes;    /* writes are recorded too */
  bool merge;     /* accesses of one line to one page are one event */
  bool residency; /* how much of each region is resident is recorded too */
  vm_recording_end end;
  uint64_t limit;             /* of events */
  uint64_t started, duration; /* nanoseconds; the duration once it has ended */
  vm_event **block;
  vm_recorded_region *met;
  vm_start_run *run;
  vm_sample *sample;
  vm_residency_look *look;
  vm_source *source;
  vm_chapter *chapter;
  vm_written_bytes *bytes;
  bool wants_bytes; /* before and after each write */
  bool has_pending; /* the last of the bytes wait for the end of the write */
  size_t shown, bytes_room, chapters, chapter_room;
  size_t events, blocks, block_room, mets, met_room, runs, run_room, samples, sample_room, looks,
      look_room, sources, source_room;
  uint32_t list[VM_SOURCE_LISTS]; /* of sources, by hash: the first one */
  uint64_t used_before;           /* processor time of the thread at the start, in nanoseconds */
  uint64_t looked_at;             /* committed pages that looks have asked for */
  uint64_t looking;               /* what looks took of that time, after the free ones */
  uint64_t last_look;             /* what the last look took */
  uint64_t no_look_before[VM_LOOK_TIMES]; /* nanoseconds since the start */
} vm_recording;

typedef struct vm_record_options {
  bool reads, writes, merge, residency;
  bool bytes; /* of writes, which are then not merged */
  uint64_t limit;
} vm_record_options;

/* Begins to record a space that is not being recorded. NULL when there is no memory. */
vm_recording *vm_recording_new(vm_space *space, const vm_record_options *options);

/* Ends a recording, if it has not ended yet. */
void vm_recording_stop(vm_recording *recording);

void vm_recording_free(vm_recording *recording);

/* Records the reservation of a new region, which the recording follows from now on. `event` is as for
** vm_record. */
void vm_record_reserve(vm_recording *recording, vm_region *region, const vm_event *event);

/* Adds a copy of `event`. `region` is one that the recording knows, released or not, or NULL. The fields
** time, region, committed, resident and count are filled in. If the recording merges, a read, write or answer after
** one of the same line in the same pages becomes one event with it. */
void vm_record(vm_recording *recording, vm_region *region, const vm_event *event);

/* Adds an event of kind VM_DID_NOTE with a copy of the text. */
void vm_record_note(vm_recording *recording, const vm_event *event, const char *text, size_t size);

/* To be called before a call that changes pages, or takes them away: looks at what is resident, if there is time.
** Pages may have been touched since the last look, although nothing was recorded. */
void vm_record_before(vm_recording *recording);

/* The index of a source from 1 on; a new one is added. 0 when there is no memory. */
uint32_t vm_record_source(vm_recording *recording, const char *name);

/* Appends to the code of a source. False when there is no memory. */
bool vm_record_code(vm_recording *recording, uint32_t source, const void *bytes, size_t size);

/* Frees the code of a source. */
void vm_forget_code(vm_recording *recording, uint32_t source);

/* An event by its index from 0 on. */
static inline vm_event *vm_event_at(const vm_recording *recording, size_t place) {
  return &recording->block[place / VM_EVENT_BLOCK][place % VM_EVENT_BLOCK];
}

#endif
