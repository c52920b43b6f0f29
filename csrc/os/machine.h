/* machine.h: the contract of the os floor for what the machine has and what this process takes of it. A number that the
** system does not tell is OS_UNTOLD. */
#ifndef OS_MACHINE_H
#define OS_MACHINE_H

#include "os/os.h"

#define OS_UNTOLD UINT64_MAX

/* Processors on which the system runs programs. */
typedef struct os_processors {
  uint64_t count;
  uint64_t active; /* a bit for each of the first 64, by the system's numbers */
} os_processors;

void os_count_processors(os_processors *processors);

/* The processor that this program was made for: "x86-64", "x86", "arm64", "arm"; "" for another. Family, model and
** stepping are OS_UNTOLD unless it is one of the first two. */
typedef struct os_processor {
  const char *architecture;
  uint64_t family, model, stepping;
} os_processor;

void os_get_processor(os_processor *processor);

/* Memory of this process, in bytes. Committed is what the system has promised to this process alone. */
typedef struct os_usage {
  uint64_t resident, peak_resident;
  uint64_t committed, peak_committed;
} os_usage;

/* VM_TOO_MANY_FILES where a file would have to be opened. */
vm_error os_get_usage(os_usage *usage);

#endif
