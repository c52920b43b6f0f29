/* windows.c: os.h on Windows: errors, limits, protections, the process. */
#include "os/windows.h"

#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef ERROR_DISK_QUOTA_EXCEEDED /* older headers of mingw-w64 lack it */
#define ERROR_DISK_QUOTA_EXCEEDED 1295
#endif

const char *const os_name = "windows";

static __thread DWORD
    last_error; /* Windows's reason for the latest failure; 0 when it has been used */
static __thread const char *last_sentence; /* vmem's own; NULL when it has been used */
static __thread vm_error last_refused;     /* the error that it explains */

/* {====== Errors ====== */

vm_error windows_refusal(void) {
  last_error = GetLastError();
  last_sentence = NULL;
  switch (last_error) {
    case ERROR_INVALID_ADDRESS:
    case ERROR_INVALID_PARAMETER: return VM_INVALID_ADDRESS;
    case ERROR_ACCESS_DENIED:
    case ERROR_NOACCESS:
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_WRITE_PROTECT:
    case ERROR_DELETE_PENDING: return VM_PERMISSION_DENIED;
    case ERROR_NOT_SUPPORTED:
    case ERROR_CALL_NOT_IMPLEMENTED: return VM_NOT_SUPPORTED;
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME: return VM_NO_FILE;
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_USER_MAPPED_FILE: return VM_IN_USE;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
    case ERROR_DISK_QUOTA_EXCEEDED: return VM_DISK_FULL;
    case ERROR_FILE_TOO_LARGE: return VM_FILE_TOO_LARGE;
    case ERROR_TOO_MANY_OPEN_FILES: return VM_TOO_MANY_FILES;
    case ERROR_INVALID_HANDLE: return VM_BAD_FILE;
    case ERROR_NOT_READY:
    case ERROR_CRC:
    case ERROR_SECTOR_NOT_FOUND:
    case ERROR_WRITE_FAULT:
    case ERROR_READ_FAULT:
    case ERROR_GEN_FAILURE:
    case ERROR_DEV_NOT_EXIST:
    case ERROR_UNEXP_NET_ERR:
    case ERROR_NETNAME_DELETED:
    case ERROR_SEM_TIMEOUT:
    case ERROR_FILE_INVALID:
    case ERROR_IO_DEVICE: return VM_IO_ERROR;
    default: return VM_OUT_OF_MEMORY;
  }
}

vm_error windows_refuse(vm_error error, const char *sentence) {
  last_error = 0;
  last_refused = error;
  last_sentence = sentence;
  return error;
}

/* Each sentence is used once: the next failure may come from the core, not from Windows. */
const char *os_refusal(vm_error error) {
  const char *sentence = error == last_refused ? last_sentence : NULL;
  last_sentence = NULL;
  return sentence;
}

/* The advice is Windows's own sentence for its error, or vmem's. */
const char *os_advice(vm_error error, char *text) {
  const char *sentence = os_refusal(error);
  if (sentence != NULL) return sentence;
  if (error == VM_ADDRESS_IN_USE || error == VM_NOT_COMMITTED || error == VM_INVALID_ADDRESS ||
      last_error == 0)
    return NULL;
  DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                                last_error, 0, text, OS_ADVICE, NULL);
  last_error = 0;
  while (length > 0 && strchr("\r\n. ", text[length - 1]) != NULL) length--;
  text[length] = '\0';
  return length > 0 ? text : NULL;
}

const char *os_lock_advice(char *text) { return os_advice(VM_OUT_OF_MEMORY, text); }

/* ====== } */

static os_limits limits;

static BOOL CALLBACK find_limits(PINIT_ONCE once, PVOID nothing, PVOID *no_more) {
  (void)once, (void)nothing, (void)no_more;
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  limits.granularity = info.dwAllocationGranularity;
  limits.lowest = (uintptr_t)info.lpMinimumApplicationAddress;
  limits.end = (uintptr_t)info.lpMaximumApplicationAddress + 1;
  limits.highest = limits.end;
  limits.mark_after = SIZE_MAX;
  limits.page_size = info.dwPageSize;
  return TRUE;
}

const os_limits *os_get_limits(void) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  InitOnceExecuteOnce(&once, find_limits, NULL, NULL);
  return &limits;
}

/* Guard pages are PAGE_NOACCESS: with PAGE_GUARD, Windows would take the guard off at any access, also at one
** that vmem does not check. */
DWORD windows_protection(unsigned protection, bool copy) {
  if ((protection & VM_READ) == 0 || (protection & VM_GUARD)) return PAGE_NOACCESS;
  if (protection & VM_EXECUTE_ONLY) return PAGE_EXECUTE;
  switch (protection & (VM_WRITE | VM_EXECUTE)) {
    case VM_WRITE | VM_EXECUTE: return copy ? PAGE_EXECUTE_WRITECOPY : PAGE_EXECUTE_READWRITE;
    case VM_WRITE: return copy ? PAGE_WRITECOPY : PAGE_READWRITE;
    case VM_EXECUTE: return PAGE_EXECUTE_READ;
    default: return PAGE_READONLY;
  }
}

/* {====== The process ====== */

uint64_t os_now(void) {
  LARGE_INTEGER count, frequency;
  QueryPerformanceCounter(&count);
  QueryPerformanceFrequency(&frequency);
  uint64_t second = (uint64_t)frequency.QuadPart, now = (uint64_t)count.QuadPart;
  return now / second * 1000000000 + now % second * 1000000000 / second;
}

/* Windows counts whole ticks, to the thread that runs when one ends: right on average. */
uint64_t os_thread_time(void) {
  FILETIME begun, ended, kernel, user;
  if (!GetThreadTimes(GetCurrentThread(), &begun, &ended, &kernel, &user)) return 0;
  uint64_t high = (uint64_t)kernel.dwHighDateTime + user.dwHighDateTime;
  return ((high << 32) + kernel.dwLowDateTime + user.dwLowDateTime) * 100;
}

uint64_t os_process_id(void) { return GetCurrentProcessId(); }

/* Windows has one count for all faults. It is given as the minor ones. */
vm_error os_faults(uint64_t *minor, uint64_t *major) {
  PROCESS_MEMORY_COUNTERS counters;
  if (!GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters))
    return windows_refusal();
  *minor = counters.PageFaultCount;
  *major = 0;
  return VM_OK;
}

/* ====== } */

uint64_t os_file_size(const char *path) {
  WIN32_FILE_ATTRIBUTE_DATA facts;
  if (!GetFileAttributesExA(path, GetFileExInfoStandard, &facts)) return 0;
  if (facts.dwFileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE)) return 0;
  return (uint64_t)facts.nFileSizeHigh << 32 | facts.nFileSizeLow;
}

bool os_seek(FILE *file, int64_t position) { return _fseeki64(file, position, SEEK_SET) == 0; }

int64_t os_skip(FILE *file, size_t bytes) {
  int64_t at = _ftelli64(file);
  bool can = at >= 0 && bytes <= (uint64_t)(INT64_MAX - at);
  return can && os_seek(file, at + (int64_t)bytes) ? at : -1;
}

int64_t os_seek_end(FILE *file) { return _fseeki64(file, 0, SEEK_END) == 0 ? _ftelli64(file) : -1; }

void os_make_sparse(FILE *file) {
  HANDLE handle = (HANDLE)_get_osfhandle(_fileno(file));
  DWORD got;
  DeviceIoControl(handle, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &got, NULL);
}

size_t os_terminal_width(void) {
  CONSOLE_SCREEN_BUFFER_INFO info;
  if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_OUTPUT_HANDLE), &info)) return 0;
  return (size_t)(info.srWindow.Right - info.srWindow.Left + 1);
}
