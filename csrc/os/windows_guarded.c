/* windows_guarded.c: leaves a leaf function whose access to a page has raised an in-page error on Windows. */
#include "os/windows.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>

#include "os/guard.h"
#include "os/lost.h"

/* A leaf that runs. */
typedef struct guard {
  jmp_buf back;
  const os_range *ranges;
  volatile uintptr_t lost;
} guard;

/* The guard of a thread. A variable of the thread would be memory that gcc asks malloc for at the first use, perhaps in
** the handler. */
static DWORD slot = TLS_OUT_OF_INDEXES;

/* Wine tells a lost page as an access violation. Windows does not, and there such an access ends the process. */
static bool on_wine;

/* {====== The handler ====== */

/* Where a leaf goes on that is left. The jump does not unwind the stack, which needs no more than a leaf's frame. */
static __attribute__((noreturn, noinline)) void land(guard *here) { longjmp(here->back, 1); }

static uintptr_t within_page; /* the size of a page, less 1 */

enum { DIRECTION = 0x400, ROOM = 256, ALIGNED = 16, RETURN = 8 };

/* The exception is over before the leaf is left, so the place to go on at is put into the context. */
static void go_on_in_land(CONTEXT *context, guard *here) {
  context->Rcx = (uintptr_t)here;
  context->Rip = (uintptr_t)&land;
  context->Rsp = (context->Rsp - ROOM) / ALIGNED * ALIGNED - RETURN;
  context->EFlags &= ~(DWORD)DIRECTION; /* a memmove may have been going down */
}

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *exception) {
  const EXCEPTION_RECORD *record = exception->ExceptionRecord;
  bool is_lost = record->ExceptionCode == EXCEPTION_IN_PAGE_ERROR ||
                 (on_wine && record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION);
  if (!is_lost || record->NumberParameters < 2) return EXCEPTION_CONTINUE_SEARCH;
  DWORD error = GetLastError(); /* TlsGetValue sets it */
  guard *here = TlsGetValue(slot);
  SetLastError(error);
  uintptr_t address = record->ExceptionInformation[1];
  if (here == NULL || !os_find_lost(here->ranges, address, within_page, &here->lost))
    return EXCEPTION_CONTINUE_SEARCH;
  go_on_in_land(exception->ContextRecord, here);
  return EXCEPTION_CONTINUE_EXECUTION;
}

/* The handler may be called at any time from now on, so its code must stay. */
static bool stay_loaded(void) {
  HMODULE self;
  return GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                            (const wchar_t *)(uintptr_t)&on_exception, &self);
}

static vm_error install(void) {
  static void *installed;
  within_page = os_get_limits()->page_size - 1;
  if (slot == TLS_OUT_OF_INDEXES) {
    HMODULE ntdll = GetModuleHandleA("ntdll");
    on_wine = ntdll != NULL && GetProcAddress(ntdll, "wine_get_version") != NULL;
    if (!stay_loaded()) return VM_NOT_SUPPORTED;
    slot = TlsAlloc();
  }
  if (slot == TLS_OUT_OF_INDEXES) return VM_NOT_SUPPORTED;
  void *first = AddVectoredExceptionHandler(1, on_exception);
  if (first == NULL) return VM_NOT_SUPPORTED;
  if (installed != NULL) (void)RemoveVectoredExceptionHandler(installed);
  installed = first;
  return VM_OK;
}

vm_error os_guard(void) {
  static SRWLOCK lock = SRWLOCK_INIT;
  AcquireSRWLockExclusive(&lock);
  vm_error error = install();
  ReleaseSRWLockExclusive(&lock);
  return error;
}

/* ====== } */

/* What the leaf touches must be touched between the two changes of the slot, in the compiler's eyes, too. The jump
** buffer is without a frame, so that longjmp sets registers and does nothing else. */
__attribute__((noinline)) bool os_guarded(os_leaf *leaf, void *with, const os_range ranges[2],
                                          uintptr_t *lost) {
  guard here;
  here.ranges = ranges;
  if (_setjmp(here.back, NULL) != 0) {
    TlsSetValue(slot, NULL);
    *lost = here.lost;
    return false;
  }
  TlsSetValue(slot, &here);
  atomic_signal_fence(memory_order_seq_cst);
  leaf(with);
  atomic_signal_fence(memory_order_seq_cst);
  TlsSetValue(slot, NULL);
  return true;
}

/* {====== Copies ====== */

typedef struct copying {
  void *to;
  const void *from;
  size_t size;
} copying;

static void copy_what_differs(void *with) {
  const copying *c = with;
  if (memcmp(c->to, c->from, c->size) != 0) memcpy(c->to, c->from, c->size);
}

bool windows_copy(void *to, const void *from, size_t size) {
  copying c = {to, from, size};
  uintptr_t lost, start = (uintptr_t)to, source = (uintptr_t)from;
  const os_range ranges[2] = {{start, start + size}, {source, source + size}};
  return os_guarded(copy_what_differs, &c, ranges, &lost);
}

/* ====== } */
