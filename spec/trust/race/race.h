/* race.h: what the files of the race's host share. */
#ifndef RACE_H
#define RACE_H

#include <signal.h>
#include <stddef.h>

/* Cuts the files of these paths, makes them longer and writes to them, at random, until its parent is gone. */
_Noreturn void race_cut(const char *const paths[], size_t count, unsigned long seed, int parent);

/* {====== SIGBUS of other code ====== */

/* Installs a handler that counts the signals that are meant for it, and passes on others to the handler of before. */
void race_install(void);

/* Maps a file of its own, which it cuts, and touches it: true if the handler was called for that. */
int race_touch_own(void);

/* Sends the signal to this process: the same. */
int race_send(void);

/* Gives this thread a small alternate stack for signals. */
int race_use_small_stack(void);

/* How many bytes of it have been used, of how many. */
size_t race_stack_used(size_t *size);

/* ====== } */

#endif
