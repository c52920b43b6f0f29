/* kernel.h: constants and structures of Linux that older kernel headers lack. The comments give versions. */
#ifndef OS_LINUX_KERNEL_H
#define OS_LINUX_KERNEL_H

#include <stdint.h>
#include <sys/ioctl.h>

enum {
  MADV_DONTDUMP_ = 16,
  MADV_WIPEONFORK_ = 18,    /* 4.14 */
  MADV_POPULATE_READ_ = 22, /* 5.14 */
  MADV_POPULATE_WRITE_ = 23,
  MADV_DONTNEED_LOCKED_ = 24, /* 5.18 */
  MADV_GUARD_INSTALL_ = 102,  /* 6.13 */
  MADV_GUARD_REMOVE_ = 103,
  MAP_FIXED_NOREPLACE_ = 0x100000, /* 4.17 */
  MREMAP_DONTUNMAP_ = 4,           /* 5.7 */
  F_SEAL_FUTURE_WRITE_ = 16,       /* 5.1 */
  MFD_CLOEXEC_ = 1,
  MFD_ALLOW_SEALING_ = 2,
  MFD_NOEXEC_SEAL_ = 8, /* 6.3 */
  MFD_EXEC_ = 16,
  PR_SET_VMA_ = 0x53564d41, /* 5.17, and only if the kernel was built with it */
  PR_SET_VMA_ANON_NAME_ = 0
};

/* struct procmap_query and PROCMAP_QUERY of 6.11: one mapping of a process. */
typedef struct linux_map_query {
  uint64_t size, flags, address;
  uint64_t start, end, protection, page_size, offset, inode;
  uint32_t major, minor, name_size, build_id_size;
  uint64_t name, build_id;
} linux_map_query;

#define LINUX_MAP_QUERY _IOWR('f', 17, linux_map_query)

/* struct page_region of 6.7: neighbouring pages of the same kind. */
typedef struct linux_page_range {
  uint64_t start, end, kinds; /* LINUX_PAGE_HUGE or 0 */
} linux_page_range;

enum { LINUX_PAGE_HUGE = 64 };

/* struct pm_scan_arg and PAGEMAP_SCAN of 6.7. */
typedef struct linux_page_scan {
  uint64_t size, flags, start, end, reached, ranges, room, most;
  uint64_t inverted, wanted, any_of, returned;
} linux_page_scan;

#define LINUX_PAGE_SCAN _IOWR('f', 16, linux_page_scan)

enum { LINUX_PAGE_PRESENT = 8, LINUX_PAGE_SWAPPED = 16, LINUX_PAGE_ZERO = 32 };

#endif
