/* choices.h: what a step asks for, at random. */
#ifndef CHOICES_H
#define CHOICES_H

#include "failures.h"
#include "verbs.h"

/* The size of a region: around those at which the page table and commit.c change their ways. */
uint64_t choose_pages(void);

/* A range of a region, and a protection. */
request choose_request(model *m);

/* An error, half-way or not, for the calls of `pattern` after the first `before`. */
failures_plan choose_plan(unsigned before, unsigned pattern);
failures_plan choose_nothing(void);

#endif
