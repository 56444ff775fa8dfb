/* SPDX-License-Identifier: MIT */
/*
 * wordcount [-r]: words of standard input with their counts, in order; a word is letters, and their case does not
 * matter. With -r the input is lines of a word and its count, which are added up.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 256 }; /* bytes; longer words are cut */

struct entry {
	char *word;
	uint64_t count;
};

/* Open addressing; the size is a power of two, and at most half of it is used. */
static struct {
	struct entry *entries;
	size_t size, used;
} table;

static void die(const char *what)
{
	fprintf(stderr, "wordcount: %s\n", what);
	exit(1);
}

/* FNV-1a. */
static size_t hash(const char *word)
{
	uint64_t value = 14695981039346656037u;

	for (; *word; word++)
		value = (value ^ (unsigned char)*word) * 1099511628211u;
	return (size_t)value;
}

static struct entry *find(const char *word)
{
	size_t i = hash(word) & (table.size - 1);

	while (table.entries[i].word && strcmp(table.entries[i].word, word) != 0)
		i = (i + 1) & (table.size - 1);
	return &table.entries[i];
}

static void grow(void)
{
	struct entry *old = table.entries;
	size_t old_size = table.size;

	table.size = old_size ? 2 * old_size : 1024;
	table.entries = calloc(table.size, sizeof(*table.entries));
	if (!table.entries)
		die("no memory");
	for (size_t i = 0; i < old_size; i++)
		if (old[i].word)
			*find(old[i].word) = old[i];
	free(old);
}

static void add(const char *word, uint64_t count)
{
	struct entry *entry;

	if (2 * table.used >= table.size)
		grow();
	entry = find(word);
	if (!entry->word) {
		entry->word = strdup(word);
		if (!entry->word)
			die("no memory");
		table.used++;
	}
	entry->count += count;
}

static void count_words(void)
{
	char word[WORD_MAX];
	size_t length = 0;
	int letter;

	do {
		letter = getchar_unlocked();
		if (letter != EOF && isalpha(letter)) {
			if (length < sizeof(word) - 1)
				word[length++] = (char)tolower(letter);
		} else if (length > 0) {
			word[length] = '\0';
			add(word, 1);
			length = 0;
		}
	} while (letter != EOF);
}

static void add_counts(void)
{
	char word[WORD_MAX];
	unsigned long long count;
	int fields;

	while ((fields = scanf("%255s %llu", word, &count)) == 2)
		add(word, count);
	if (fields != EOF)
		die("a line is not a word and a count");
}

static int by_word(const void *left, const void *right)
{
	const struct entry *one = left, *other = right;

	if (!one->word || !other->word)
		return !one->word - !other->word;
	return strcmp(one->word, other->word);
}

int main(int argc, char **argv)
{
	bool reduce = argc == 2 && strcmp(argv[1], "-r") == 0;

	if (argc > 1 && !reduce)
		die("usage: wordcount [-r]");
	grow();
	if (reduce)
		add_counts();
	else
		count_words();
	qsort(table.entries, table.size, sizeof(*table.entries), by_word);
	for (size_t i = 0; i < table.used; i++)
		printf("%s %llu\n", table.entries[i].word, (unsigned long long)table.entries[i].count);
	if (ferror(stdin) || fflush(stdout) != 0)
		die("input or output failed");
	return 0;
}
