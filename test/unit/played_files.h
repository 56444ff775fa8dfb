/* SPDX-License-Identifier: MIT */
/* A kernel that is played by files, in a folder that is made for each test and removed after it. */
#ifndef PLAYED_FILES_H
#define PLAYED_FILES_H

/* The folder's descriptor, as `root` of what is tested. */
extern int played_root;

/* For cmocka_unit_test_setup_teardown(). */
int played_files_make(void **state);
int played_files_remove(void **state);

/* The file has this content from now on; folders on the way are made. `path` has no / at its beginning. */
void played_file(const char *path, const char *text);
void played_folder(const char *path);
void played_gone(const char *path);

#endif
