/* SPDX-License-Identifier: MIT */
/* Router solicitations; see router_solicit.h. */
#include "router_solicit.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* RFC 4861, section 6.1.1: routers believe nobody from beyond the link. */
enum { HOPS = 255 };

bool router_solicit(int index)
{
	const struct nd_router_solicit message = { .nd_rs_type = ND_ROUTER_SOLICIT };
	const struct sockaddr_in6 routers = {
		.sin6_family = AF_INET6,
		.sin6_addr.s6_addr = { 0xff, 0x02, [15] = 2 },
		.sin6_scope_id = (uint32_t)index,
	};
	const int hops = HOPS;
	int descriptor = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
	ssize_t sent = -1;
	int number;

	if (descriptor < 0)
		return false;
	/* The kernel computes the checksum of what is ICMPv6. */
	if (setsockopt(descriptor, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) == 0)
		sent = sendto(descriptor, &message, sizeof(message), 0,
			(const struct sockaddr *)&routers, sizeof(routers));
	number = errno;
	close(descriptor);
	errno = number;
	return sent == sizeof(message);
}
