/* SPDX-License-Identifier: MIT */
/* ARP packets; see arp.h. */
#include "arp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READS_MAX = 64 }; /* packets at a time: somebody may send them faster than they are read */

/* For Ethernet and IPv4 (RFC 826). */
struct packet {
	uint16_t hardware_type;
	uint16_t protocol;
	uint8_t hardware_length;
	uint8_t protocol_length;
	uint16_t operation;
	uint8_t sender_hardware[ARP_HARDWARE];
	uint8_t sender[4];
	uint8_t target_hardware[ARP_HARDWARE];
	uint8_t target[4];
};

_Static_assert(sizeof(struct packet) == 28, "as it is on the wire");

enum {
	OFFSET_HARDWARE = 8, /* of the sender's, in the packet */
	OFFSET_HARDWARE_END = 12,
	OFFSET_SENDER = 14,
};

/* Lets through what comes from our address and not from our hardware. */
static bool set_filter(int descriptor, const struct arp_identity *identity)
{
	const uint8_t *own = identity->hardware;
	const uint32_t start =
		(uint32_t)own[0] << 24 | (uint32_t)own[1] << 16 | (uint32_t)own[2] << 8 | own[3];
	const uint32_t end = (uint32_t)own[4] << 8 | own[5];
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OFFSET_SENDER),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(identity->address.s_addr), 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, OFFSET_HARDWARE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, start, 0, 2),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, OFFSET_HARDWARE_END),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, end, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, sizeof(struct packet)),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0;
}

int arp_open(const struct arp_identity *identity)
{
	const struct sockaddr_ll where = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = identity->link,
	};
	/* Of no protocol at first, so that it hears nothing before it has its filter. */
	int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int number;

	if (descriptor < 0)
		return -1;
	if (set_filter(descriptor, identity) &&
		bind(descriptor, (const struct sockaddr *)&where, sizeof(where)) == 0)
		return descriptor;
	number = errno;
	close(descriptor);
	errno = number;
	return -1;
}

/* A question about `identity`'s address, to all, from `sender`. */
static bool ask(int descriptor, const struct arp_identity *identity, struct in_addr sender)
{
	struct packet packet = {
		.hardware_type = htons(ARPHRD_ETHER),
		.protocol = htons(ETH_P_IP),
		.hardware_length = ARP_HARDWARE,
		.protocol_length = sizeof(packet.sender),
		.operation = htons(ARPOP_REQUEST),
	};
	struct sockaddr_ll all = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = identity->link,
		.sll_halen = ARP_HARDWARE,
	};

	memset(all.sll_addr, 0xff, ARP_HARDWARE);
	memcpy(packet.sender_hardware, identity->hardware, ARP_HARDWARE);
	memcpy(packet.sender, &sender, sizeof(packet.sender));
	memcpy(packet.target, &identity->address, sizeof(packet.target));
	return sendto(descriptor, &packet, sizeof(packet), 0, (const struct sockaddr *)&all,
		       sizeof(all)) == sizeof(packet);
}

bool arp_probe(int descriptor, const struct arp_identity *identity)
{
	return ask(descriptor, identity, (struct in_addr){ 0 });
}

bool arp_announce(int descriptor, const struct arp_identity *identity)
{
	return ask(descriptor, identity, identity->address);
}

bool arp_read(int descriptor, uint8_t hardware[ARP_HARDWARE])
{
	struct packet packet;
	bool any = false;

	for (int i = 0; i < READS_MAX; i++) {
		ssize_t length = recv(descriptor, &packet, sizeof(packet), 0);

		if (length < 0)
			break;
		if (length < (ssize_t)sizeof(packet))
			continue;
		memcpy(hardware, packet.sender_hardware, ARP_HARDWARE);
		any = true;
	}
	return any;
}

const char *arp_format(char text[ARP_HARDWARE_TEXT_MAX], const uint8_t hardware[ARP_HARDWARE])
{
	snprintf(text, ARP_HARDWARE_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", hardware[0],
		hardware[1], hardware[2], hardware[3], hardware[4], hardware[5]);
	return text;
}
