/* windows_file.c: sections of files on Windows: how they are opened, made, resized and flushed. */
#include "os/windows.h"

#include <stdlib.h>
#include <string.h>
#include <winioctl.h>

/* {====== Opening ====== */

/* The path, which is UTF-8, as Windows wants it; NULL if there is no memory, or it is not UTF-8. The caller frees it. */
static wchar_t *widen_path(const char *path, vm_error *error) {
  int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
  wchar_t *wide = length > 0 ? malloc((size_t)length * sizeof *wide) : NULL;
  if (length <= 0)
    *error = windows_refuse(VM_NO_FILE, "the path is not UTF-8");
  else if (wide == NULL)
    *error = VM_OUT_OF_MEMORY;
  else
    (void)MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, wide, length);
  return wide;
}

/* Other processes can do with the file what they want, as on Unix. */
static vm_error open_file(const wchar_t *path, os_file_mode mode, HANDLE *file, bool *created) {
  DWORD access = mode == OS_FILE_READ ? GENERIC_READ : GENERIC_READ | GENERIC_WRITE;
  *file =
      CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                  mode == OS_FILE_NEW ? OPEN_ALWAYS : OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
  *created = mode == OS_FILE_NEW && *file != INVALID_HANDLE_VALUE &&
             GetLastError() != ERROR_ALREADY_EXISTS;
  if (*file != INVALID_HANDLE_VALUE) return VM_OK;
  vm_error error = windows_refusal();
  DWORD attributes = error == VM_PERMISSION_DENIED ? GetFileAttributesW(path) : 0;
  bool is_folder = attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
  return is_folder ? windows_refuse(VM_BAD_FILE, "it is a folder") : error;
}

static vm_error measure(HANDLE file, uint64_t *size) {
  LARGE_INTEGER now;
  if (GetFileType(file) != FILE_TYPE_DISK || !GetFileSizeEx(file, &now))
    return windows_refuse(VM_BAD_FILE, "it is a device, not a file");
  *size = (uint64_t)now.QuadPart;
  return VM_OK;
}

/* ====== } */

/* {====== Length ====== */

/* The error of the call that was to give a file so many bytes. */
static vm_error refuse_size(void) {
  DWORD error = GetLastError();
  /* So says a file system of a size that it cannot have. */
  if (error == ERROR_INVALID_PARAMETER || error == ERROR_NOT_ENOUGH_MEMORY)
    SetLastError(ERROR_FILE_TOO_LARGE);
  return windows_refusal();
}

vm_error windows_set_end(HANDLE file, uint64_t size) {
  FILE_END_OF_FILE_INFO end;
  if (size > INT64_MAX) return VM_FILE_TOO_LARGE;
  end.EndOfFile.QuadPart = (LONGLONG)size;
  bool done = SetFileInformationByHandle(file, FileEndOfFileInfo, &end, sizeof end);
  return done ? VM_OK : refuse_size();
}

/* Takes room for more bytes than a file has, and leaves its end where it is: Windows gives back what is behind the end
** when the file is closed. Wine and some file systems have no call for it. */
static vm_error take_room(HANDLE file, uint64_t size) {
  FILE_ALLOCATION_INFO room;
  if (size > INT64_MAX) return VM_FILE_TOO_LARGE;
  room.AllocationSize.QuadPart = (LONGLONG)size;
  if (SetFileInformationByHandle(file, FileAllocationInfo, &room, sizeof room)) return VM_OK;
  DWORD error = GetLastError();
  bool unknown = error == ERROR_CALL_NOT_IMPLEMENTED || error == ERROR_NOT_SUPPORTED ||
                 error == ERROR_INVALID_FUNCTION;
  return unknown ? VM_OK : refuse_size();
}

/* Zeros bytes [from, to): attached pages can be written behind the end of the file. */
static void zero(HANDLE file, uint64_t from, uint64_t to) {
  static const char zeros[512];
  while (from < to) {
    OVERLAPPED place = {.Offset = (DWORD)from, .OffsetHigh = (DWORD)(from >> 32)};
    DWORD done, size = to - from < sizeof zeros ? (DWORD)(to - from) : (DWORD)sizeof zeros;
    if (!WriteFile(file, zeros, size, &done, &place) || done == 0) return;
    from += done;
  }
}

/* NTFS takes the room for what a file becomes longer by, unless it is sparse. It may have been marked so by an earlier
** call; then its holes stay. Where there are no sparse files, it is a file as others. */
static vm_error lengthen(HANDLE file, uint64_t from, uint64_t to, bool sparse) {
  DWORD nothing;
  size_t page = os_get_limits()->page_size;
  if (sparse) (void)DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &nothing, NULL);
  vm_error error = windows_set_end(file, to);
  if (error != VM_OK) return error;
  uint64_t end = (from + page - 1) / page * page;
  zero(file, from, end < to ? end : to);
  return VM_OK;
}

/* Cuts a file to 0 bytes, and makes it as long as it is to be, of zeros. The room is taken before, so that a full disk
** is met while the file has its contents. */
static vm_error empty(HANDLE file, uint64_t now, const os_file_request *request) {
  bool takes = request->size > now && !request->sparse;
  vm_error error = takes ? take_room(file, request->size) : VM_OK;
  if (error == VM_OK) error = windows_set_end(file, 0);
  if (error != VM_OK || request->size == 0) return error;
  return lengthen(file, 0, request->size, request->sparse);
}

static vm_error fit(HANDLE file, const os_file_request *request) {
  uint64_t now = 0;
  vm_error error = measure(file, &now);
  if (error != VM_OK) return error;
  if (request->mode == OS_FILE_NEW) return empty(file, now, request);
  if (request->size <= now) return VM_OK;
  if (request->mode == OS_FILE_READ) return VM_PERMISSION_DENIED;
  return lengthen(file, now, request->size, request->sparse);
}

/* ====== } */

/* *file: open, or INVALID_HANDLE_VALUE. */
static vm_error open_and_fit(const os_file_request *request, HANDLE *file, bool *created) {
  vm_error error = VM_OK;
  wchar_t *path = widen_path(request->path, &error);
  if (path == NULL) return error;
  error = open_file(path, request->mode, file, created);
  if (error == VM_OK) {
    error = fit(*file, request);
    if (error != VM_OK) {
      CloseHandle(*file);
      if (*created) (void)DeleteFileW(path);
    }
  }
  free(path);
  return error;
}

static void note_file(HANDLE file, os_section *section) {
  BY_HANDLE_FILE_INFORMATION facts;
  if (!GetFileInformationByHandle(file, &facts)) return;
  section->device = facts.dwVolumeSerialNumber;
  section->node = (uint64_t)facts.nFileIndexHigh << 32 | facts.nFileIndexLow;
}

vm_error os_section_file(const os_file_request *request, os_section *section) {
  HANDLE file = INVALID_HANDLE_VALUE;
  bool created = false;
  windows_mapping *mapping = calloc(1, sizeof *mapping);
  char *path = _strdup(request->path);
  vm_error error = VM_OUT_OF_MEMORY;
  if (mapping != NULL && path != NULL) error = open_and_fit(request, &file, &created);
  if (error != VM_OK) {
    free(mapping);
    free(path);
    return error;
  }
  *mapping = (windows_mapping){.file = file, .users = 1, .writable = request->mode != OS_FILE_READ};
  *section =
      (os_section){.handle = (intptr_t)mapping, .path = path, .fallible = true, .created = created};
  note_file(file, section);
  return VM_OK;
}

uint64_t windows_file_size(const windows_mapping *mapping) {
  LARGE_INTEGER size;
  return GetFileSizeEx(mapping->file, &size) ? (uint64_t)size.QuadPart : OS_CLOSED;
}

vm_error windows_resize_file(windows_mapping *mapping, uint64_t size, bool sparse) {
  uint64_t now = windows_file_size(mapping);
  if (now == OS_CLOSED) return VM_BAD_FILE;
  if (!mapping->writable) return VM_PERMISSION_DENIED;
  return size < now ? windows_shrink(mapping, size) : lengthen(mapping->file, now, size, sparse);
}

vm_error os_section_probe(const os_section *section, uint64_t from) {
  const windows_mapping *mapping = (windows_mapping *)section->handle;
  OVERLAPPED place = {.Offset = (DWORD)from, .OffsetHigh = (DWORD)(from >> 32)};
  char byte;
  DWORD done;
  if (mapping->file == NULL) return VM_OK;
  if (from >= windows_file_size(mapping)) return VM_PAST_END;
  if (ReadFile(mapping->file, &byte, 1, &done, &place)) return done > 0 ? VM_OK : VM_PAST_END;
  if (GetLastError() == ERROR_HANDLE_EOF) return VM_PAST_END;
  return windows_refusal() == VM_IO_ERROR ? VM_IO_ERROR : VM_OK;
}

/* {====== To the disk ====== */

/* While the system writes the same pages by itself, a try may fail with ERROR_LOCK_VIOLATION. */
static vm_error flush_view(const windows_part *part) {
  for (DWORD tries = 0; !FlushViewOfFile(windows_pointer(part->address), part->size); tries++) {
    if (GetLastError() != ERROR_LOCK_VIOLATION || tries == 100) return windows_refusal();
    Sleep(tries / 4);
  }
  return VM_OK;
}

vm_error os_flush_pages(uintptr_t address, size_t size, bool wait) {
  (void)wait; /* Windows only starts: os_section_flush waits */
  WINDOWS_EACH_PART(part, address, size) {
    vm_error error = part.kind == WINDOWS_VIEW ? flush_view(&part) : VM_OK;
    if (error != VM_OK) return error;
  }
  return VM_OK;
}

vm_error os_section_flush(const os_section *section) {
  const windows_mapping *mapping = (windows_mapping *)section->handle;
  if (mapping->file == NULL || !mapping->writable) return VM_OK;
  return windows_error_unless(FlushFileBuffers(mapping->file));
}

vm_error os_section_start_flush(const os_section *section, uint64_t from, uint64_t size) {
  (void)section, (void)from, (void)size; /* os_flush_pages has started it */
  return VM_OK;
}

/* ====== } */
