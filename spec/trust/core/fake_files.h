/* fake_files.h: the files of the fake kernel, which hold the pages of sections. */
#ifndef FAKE_FILES_H
#define FAKE_FILES_H

#include <stdbool.h>
#include <stdint.h>

enum { FAKE_FILES = 64, FAKE_FILE_PAGES = 1024 };

/* Closes all files, and forgets what they hold. */
void fake_files_reset(void);

/* The descriptor of an empty file in memory; -1 and errno if it is refused. */
int fake_file_new(void);

/* The same on a disk, with so many bytes: other processes may change its length, also while a call of the core runs.
** Every page before its end can be touched. */
int fake_file_open(uint64_t size);
bool fake_file_is_on_disk(int file);
uint64_t fake_file_size(int file);

/* Another process gives the file this length. */
void fake_file_cut(int file, uint64_t size);

/* Whether another process has done that since this was last asked. */
bool fake_file_was_cut(int file);

void fake_file_close(int file);
bool fake_file_is_open(int file);
unsigned fake_files_open(void);

/* From now on the file cannot become shorter. */
void fake_file_seal(int file);

/* What a page holds, open or closed; NULL if a touch of it would be a signal: it is behind the end, or memory for it
** has not been taken. */
uint32_t *fake_file_page(int file, uint64_t page);

#endif
