/* windows_section.c: sections on Windows: those of memory, which have a section object of the page file. */
#include "os/windows.h"

#include <stdlib.h>
#include <string.h>

/* {====== Names ====== */

enum { PREFIX = 11, NAME_ROOM = PREFIX + OS_SECTION_NAME + 1 };

/* The name as Windows wants it. Bytes of a name that is not UTF-8 become halves of surrogate pairs, which no
** UTF-8 gives: so two names are never one. */
static void widen_name(const char *name, wchar_t wide[NAME_ROOM]) {
  memcpy(wide, L"Local\\vmem.", PREFIX * sizeof *wide);
  wchar_t *rest = wide + PREFIX;
  if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, rest, OS_SECTION_NAME + 1) > 0)
    return;
  size_t i = 0;
  for (; i < OS_SECTION_NAME && name[i] != '\0'; i++) {
    unsigned char byte = (unsigned char)name[i];
    rest[i] = (wchar_t)(byte < 0x80 ? byte : 0xdc00 + byte);
  }
  rest[i] = L'\0';
}

/* ====== } */

/* {====== What exists ====== */

/* From ntdll, whose functions have no header here. */
typedef struct basic_information {
  void *address;
  ULONG attributes;
  LARGE_INTEGER size;
} basic_information;

typedef LONG(NTAPI *query_section)(HANDLE, int, void *, SIZE_T, SIZE_T *);

/* The size of a section that exists: whole pages, since Windows does not keep more. 0 if it cannot be had. */
static uint64_t size_of(HANDLE handle) {
  basic_information facts;
  query_section query;
  FARPROC found = GetProcAddress(GetModuleHandleA("ntdll"), "NtQuerySection");
  memcpy(&query, &found, sizeof query);
  if (found == NULL || query(handle, 0, &facts, sizeof facts, NULL) < 0) return 0;
  return (uint64_t)facts.size.QuadPart;
}

/* Whether the pages of a section that exists may be executed. */
static bool is_executable(HANDLE handle) {
  void *view = MapViewOfFile(handle, FILE_MAP_READ | FILE_MAP_EXECUTE, 0, 0, 1);
  return view != NULL && UnmapViewOfFile(view);
}

/* ====== } */

static vm_error make(const os_section_request *request, const wchar_t *name, os_section *section,
                     bool *created) {
  windows_mapping *mapping = malloc(sizeof *mapping);
  if (mapping == NULL) return VM_OUT_OF_MEMORY;
  DWORD protection = request->executable ? PAGE_EXECUTE_READWRITE : PAGE_READWRITE;
  HANDLE handle;
  if (request->size == 0) {
    handle = OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE | SECTION_QUERY, FALSE, name);
    if (handle != NULL) SetLastError(ERROR_ALREADY_EXISTS);
  } else {
    handle = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, protection,
                                (DWORD)(request->size >> 32), (DWORD)request->size, name);
  }
  *created = handle != NULL && GetLastError() != ERROR_ALREADY_EXISTS;
  uint64_t size = *created ? request->size : 0;
  if (handle != NULL && size == 0) size = size_of(handle);
  if (size == 0) {
    bool missing = handle == NULL && GetLastError() == ERROR_FILE_NOT_FOUND;
    vm_error error = missing ? VM_NO_FILE : windows_refusal();
    if (handle != NULL) CloseHandle(handle);
    free(mapping);
    return error == VM_INVALID_ADDRESS ? VM_OUT_OF_MEMORY : error;
  }
  char *copy = NULL;
  if (name != NULL && (copy = _strdup(request->name)) == NULL) {
    CloseHandle(handle);
    free(mapping);
    return VM_OUT_OF_MEMORY;
  }
  bool executable = request->executable && (*created || is_executable(handle));
  *mapping = (windows_mapping){
      .handle = handle, .size = size, .users = 1, .writable = true, .executable = executable};
  *section = (os_section){
      .handle = (intptr_t)mapping, .name = copy, .size = size, .executable = executable};
  return VM_OK;
}

vm_error os_section_new(const os_section_request *request, os_section *section) {
  bool created;
  return make(request, NULL, section, &created);
}

vm_error os_section_open(const os_section_request *request, os_section *section, bool *created) {
  wchar_t name[NAME_ROOM];
  widen_name(request->name, name);
  return make(request, name, section, created);
}

bool os_section_path(const os_section *section, char *path) {
  (void)section, (void)path;
  return false;
}

uint64_t os_section_size(const os_section *section) {
  const windows_mapping *mapping = (windows_mapping *)section->handle;
  return mapping->file != NULL ? windows_file_size(mapping) : section->size;
}

vm_error os_section_resize(os_section *section, uint64_t size, bool sparse) {
  windows_mapping *mapping = (windows_mapping *)section->handle;
  if (mapping->file != NULL) return windows_resize_file(mapping, size, sparse);
  return windows_refuse(VM_NOT_SUPPORTED,
                        "sections of Windows keep their size: make it as large as it may become, "
                        "or attach a second one behind it");
}

void os_section_close(os_section *section) {
  free(section->name);
  free(section->path);
  windows_drop_mapping((windows_mapping *)section->handle);
}
