/* SPDX-License-Identifier: MIT */
/*
 * What a mistyped word was meant to be: the name that takes the fewest letters to change, add, drop
 * or swap with their neighbour. Pure.
 */
#ifndef SERVICE_NEAREST_H
#define SERVICE_NEAREST_H

/*
 * The name in names(0), names(1) … up to NULL that `word` was probably meant to be: at most a third of its
 * letters differ, whatever their case. NULL if none is near.
 */
const char *nearest_name(const char *word, const char *(*names)(int index));

#endif
