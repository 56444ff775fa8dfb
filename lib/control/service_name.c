/* SPDX-License-Identifier: MIT */
#include "control/service_name.h"

#include <string.h>

bool service_name_valid(const char *name)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char more[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";

	return *name && strchr(first, *name) && strspn(name, more) == strlen(name) &&
	       strlen(name) <= SERVICE_NAME_MAX;
}
