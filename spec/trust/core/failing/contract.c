/* contract.c: makes the functions of os.h fail in every way that their contract allows. The linker sends
** the core's calls here (--wrap). Calls among these functions are not counted. */
#include "failures.h"
#include "fake_kernel.h"
#include "os/section.h"

static unsigned depth; /* how deep the calls among these functions are nested */

/* To undo a change of marked pages, the core relies on this call: it needs neither memory nor mappings. */
static bool never_fails(vm_marked_by by) { return by == VM_BY_MARKER && failures_undoing(); }

static bool refuses(vm_error *says) { return depth == 0 && failures_next_of_contract(says); }

/* Defines a function of a range. When it fails, it may have done `part` of its pages. If `must` is true,
** it does not fail. The function `told` is called with the refused range. */
#define DEFINE_TELLING(name, parameters, arguments, must, part, told) \
  vm_error __real_##name parameters;                                  \
  vm_error __wrap_##name parameters;                                  \
  vm_error __wrap_##name parameters {                                 \
    vm_error says = VM_OK, done = VM_OK;                              \
    const size_t whole = size;                                        \
    bool refused = !(must) && refuses(&says);                         \
    if (refused) size = (part)*FAKE_PAGE;                             \
    depth++;                                                          \
    if (size > 0) done = __real_##name arguments;                     \
    depth--;                                                          \
    if (refused) told(address, whole);                                \
    return refused ? says : done;                                     \
  }

static void tell_nobody(uintptr_t address, size_t size) { (void)address, (void)size; }

#define DEFINE(name, parameters, arguments, must, part) \
  DEFINE_TELLING(name, parameters, arguments, must, part, tell_nobody)

#define RANGE uintptr_t address, size_t size
#define NOTHING 0
#define ANY_PART failures_done(size / FAKE_PAGE)

DEFINE(os_release, (RANGE), (address, size), false, NOTHING)
DEFINE(os_decommit, (RANGE), (address, size), false, NOTHING)
DEFINE(os_decommit_lazy, (RANGE), (address, size), false, NOTHING)
DEFINE(os_conceal, (RANGE), (address, size), false, ANY_PART)
DEFINE(os_lock, (RANGE), (address, size), false, ANY_PART)
DEFINE(os_unlock, (RANGE), (address, size), false, ANY_PART)
DEFINE(os_commit, (RANGE, unsigned bits), (address, size, bits), false, ANY_PART)
DEFINE_TELLING(os_protect, (RANGE, unsigned bits), (address, size, bits), false, ANY_PART,
               fake_shut)
DEFINE(os_prefetch, (RANGE, unsigned bits), (address, size, bits), false, ANY_PART)
DEFINE(os_discard, (RANGE, unsigned byte), (address, size, byte), false, ANY_PART)
DEFINE(os_empty_and_mark, (RANGE, vm_marked_by by), (address, size, by), false, ANY_PART)
DEFINE(os_unmark, (RANGE, vm_marked_by by), (address, size, by), never_fails(by), ANY_PART)
DEFINE(os_refill, (RANGE), (address, size), false, ANY_PART)
DEFINE(os_register_missing, (RANGE), (address, size), false, NOTHING)
DEFINE(os_resident, (RANGE, size_t *bytes), (address, size, bytes), false, NOTHING)

/* For missing pages, VM_NOT_SUPPORTED means that nothing has changed. */
DEFINE(os_mark, (RANGE, vm_marked_by by), (address, size, by), false,
       says == VM_NOT_SUPPORTED && by == VM_BY_MISSING ? NOTHING : ANY_PART)

DEFINE(os_attach, (RANGE, const os_section *section, uint64_t from, unsigned protection, bool copy),
       (address, size, section, from, protection, copy), false, NOTHING)

DEFINE(os_reserve, (RANGE, bool top_down, const char *name, uintptr_t *base),
       (address, size, top_down, name, base), false, NOTHING)

/* {====== Without a range ====== */

vm_error __real_os_section_new(const os_section_request *request, os_section *section);
vm_error __wrap_os_section_new(const os_section_request *request, os_section *section);
vm_error __wrap_os_section_new(const os_section_request *request, os_section *section) {
  vm_error says;
  return refuses(&says) ? says : __real_os_section_new(request, section);
}

vm_error __real_os_section_resize(os_section *section, uint64_t size, bool sparse);
vm_error __wrap_os_section_resize(os_section *section, uint64_t size, bool sparse);
vm_error __wrap_os_section_resize(os_section *section, uint64_t size, bool sparse) {
  vm_error says;
  return refuses(&says) ? says : __real_os_section_resize(section, size, sparse);
}

vm_error __real_os_section_file(const os_file_request *request, os_section *section);
vm_error __wrap_os_section_file(const os_file_request *request, os_section *section);
vm_error __wrap_os_section_file(const os_file_request *request, os_section *section) {
  vm_error says;
  return refuses(&says) ? says : __real_os_section_file(request, section);
}

vm_error __real_os_section_flush(const os_section *section);
vm_error __wrap_os_section_flush(const os_section *section);
vm_error __wrap_os_section_flush(const os_section *section) {
  vm_error says;
  return refuses(&says) ? says : __real_os_section_flush(section);
}

vm_error __real_os_flush_pages(uintptr_t address, size_t size, bool wait);
vm_error __wrap_os_flush_pages(uintptr_t address, size_t size, bool wait);
vm_error __wrap_os_flush_pages(uintptr_t address, size_t size, bool wait) {
  vm_error says;
  return refuses(&says) ? says : __real_os_flush_pages(address, size, wait);
}

/* ====== } */
