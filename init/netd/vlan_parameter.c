/* SPDX-License-Identifier: MIT */
/* VLANs of the kernel command line; see vlan_parameter.h. */
#include "vlan_parameter.h"

#include <stdio.h>
#include <string.h>

#include "name.h"

enum { SHOWN_MAX = 48 }; /* bytes of a bad value that an explanation repeats */

/* The number at the end of a name: all of `text`. 0: it is none. */
static uint16_t parse_id(const char *text)
{
	unsigned id = 0;

	for (const char *digit = text; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return 0;
		id = id * 10 + (unsigned)(*digit - '0');
		if (id > VLAN_ID_MAX)
			return 0;
	}
	return (uint16_t)id;
}

bool vlan_parameter_from_name(const char *name, struct vlan_parameter *vlan)
{
	const char *dot = strrchr(name, '.');

	if (!dot || !name_is_interface(name))
		return false;
	strcpy(vlan->name, name);
	snprintf(vlan->device, sizeof(vlan->device), "%.*s", (int)(dot - name), name);
	vlan->id = parse_id(dot + 1);
	return vlan->id > 0 && name_is_interface(vlan->device);
}

/* The VLAN's number as its name says it; 0: it says none. */
static uint16_t id_of(const char *name, const char *device)
{
	size_t length = strlen(device);

	if (strncmp(name, device, length) == 0 && name[length] == '.')
		return parse_id(name + length + 1);
	return strncmp(name, "vlan", 4) == 0 ? parse_id(name + 4) : 0;
}

bool vlan_parameter_parse(const char *value, struct vlan_parameter *vlan, char *why)
{
	const char *colon = strchr(value, ':');
	char name[IFNAMSIZ + 1];
	char shown[SHOWN_MAX];

	name_printable(shown, sizeof(shown), value);
	if (!colon || colon - value >= IFNAMSIZ) {
		snprintf(why, VLAN_WHY_MAX, "'%s' is not NAME:DEVICE", shown);
		return false;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(colon - value), value);
	if (!name_is_interface(name) || !name_is_interface(colon + 1) ||
		strcmp(name, colon + 1) == 0) {
		snprintf(why, VLAN_WHY_MAX, "'%s' does not name two interfaces", shown);
		return false;
	}
	strcpy(vlan->name, name);
	strcpy(vlan->device, colon + 1);
	vlan->id = id_of(vlan->name, vlan->device);
	if (vlan->id == 0)
		snprintf(why, VLAN_WHY_MAX,
			"'%s' is called neither vlanN nor DEVICE.N, N being 1 to %d", shown,
			VLAN_ID_MAX);
	return vlan->id > 0;
}
