/* SPDX-License-Identifier: MIT */
/* The IPv6 addresses of a link; see address6.h. */
#include "address6.h"

#include <string.h>

bool address6_take(struct address6_list *list, const struct address6_report *report)
{
	const bool usable =
		report->there && !report->of_link_only && !report->tentative && !report->failed;
	size_t place = 0;

	while (place < list->count &&
		!IN6_ARE_ADDR_EQUAL(&list->addresses[place].address, &report->address.address))
		place++;
	if (usable == (place < list->count) || (usable && list->count == ADDRESS6_MAX))
		return false;
	if (usable) {
		list->addresses[list->count++] = report->address;
		return true;
	}
	list->count--;
	memmove(&list->addresses[place], &list->addresses[place + 1],
		(list->count - place) * sizeof(list->addresses[0]));
	return true;
}
