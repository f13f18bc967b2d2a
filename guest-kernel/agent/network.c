/* Interfaces, addresses, routes and neighbours, over rtnetlink(7). The kernel's answers are taken at their word. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* <net/if.h> and the kernel's headers do not go together. */
unsigned if_nametoindex(const char *name);
char *if_indextoname(unsigned index, char *name);

#include "agent.h"
#include "agent.pb.h"
#include "storage.h"

enum { REQUEST_SIZE = 512, ANSWER_SIZE = 32 << 10, NAME_SIZE = 16, ADDRESS_SIZE = 16, MAC_SIZE = 6, UP = 1 };

struct request {
	struct nlmsghdr header;
	uint8_t body[REQUEST_SIZE];
};

static void begin(struct request *request, uint16_t type, uint16_t flags, const void *body, size_t size)
{
	memset(request, 0, sizeof *request);
	request->header.nlmsg_len = (uint32_t)NLMSG_SPACE(size);
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = NLM_F_REQUEST | flags;
	memcpy(request->body, body, size);
}

static void add(struct request *request, uint16_t type, const void *data, size_t size)
{
	struct rtattr *attribute = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->header.nlmsg_len));

	if (request->header.nlmsg_len + RTA_SPACE(size) > sizeof *request)
		return;
	attribute->rta_type = type;
	attribute->rta_len = (uint16_t)RTA_LENGTH(size);
	memcpy(RTA_DATA(attribute), data, size);
	request->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(request->header.nlmsg_len) + RTA_SPACE(size));
}

static int ask(const struct request *request)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && send(fd, request, request->header.nlmsg_len, 0) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Asks for something to be done; 0, or -1 and errno. */
static int order(struct request *request)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		uint8_t more[1024];
	} answer;
	ssize_t n;
	int fd;

	request->header.nlmsg_flags |= NLM_F_ACK;
	fd = ask(request);
	if (fd < 0)
		return -1;
	n = recv(fd, &answer, sizeof answer, 0);
	close(fd);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof answer.error) || answer.header.nlmsg_type != NLMSG_ERROR)
		return errno = EPROTO, -1;
	errno = -answer.error.error;
	return errno ? -1 : 0;
}

typedef bool visitor(void *context, const struct nlmsghdr *message);

/* Shows each of a list; false of the visitor ends it. 0, or -1 and errno. */
static int list(uint16_t type, visitor *visit, void *context)
{
	static char answer[ANSWER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct rtgenmsg any = { .rtgen_family = AF_UNSPEC };
	struct request request;
	bool more = true;
	int fd;

	begin(&request, type, NLM_F_DUMP, &any, sizeof any);
	fd = ask(&request);
	while (fd >= 0 && more) {
		ssize_t n = recv(fd, answer, sizeof answer, 0);
		size_t left = n > 0 ? (size_t)n : 0;

		more = n > 0;
		for (const struct nlmsghdr *at = (struct nlmsghdr *)answer; more && NLMSG_OK(at, left); at = NLMSG_NEXT(at, left))
			more = at->nlmsg_type != NLMSG_DONE && at->nlmsg_type != NLMSG_ERROR && visit(context, at);
	}
	return fd < 0 ? -1 : close(fd);
}

/* The attribute's data, or NULL. */
static const void *find(const struct nlmsghdr *message, size_t body, uint16_t type, size_t size)
{
	const struct rtattr *at = (struct rtattr *)((char *)NLMSG_DATA(message) + NLMSG_ALIGN(body));
	size_t left = message->nlmsg_len - NLMSG_SPACE(body);

	if (message->nlmsg_len < NLMSG_SPACE(body))
		return NULL;
	for (; RTA_OK(at, left); at = RTA_NEXT(at, left))
		if (at->rta_type == type && RTA_PAYLOAD(at) >= size)
			return RTA_DATA(at);
	return NULL;
}

static char *address_text(int family, const void *address, int prefix)
{
	char text[INET6_ADDRSTRLEN + 8];

	if (!address || !inet_ntop(family, address, text, sizeof text))
		return NULL;
	if (prefix >= 0)
		snprintf(text + strlen(text), 8, "/%d", prefix);
	return reply_text(text);
}

static char *mac_text(const uint8_t *mac)
{
	char text[24];

	snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return reply_text(text);
}

static bool parse_mac(const char *text, uint8_t mac[MAC_SIZE])
{
	int end = 0;

	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5], &end) == 6 &&
	       !text[end];
}

/* "address" or "address/prefix"; the family, or 0. */
static int parse_address(const char *text, uint8_t address[ADDRESS_SIZE], int *prefix)
{
	char part[INET6_ADDRSTRLEN + 1];
	const size_t length = strcspn(text, "/");
	const int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	const int most = family == AF_INET6 ? 128 : 32;
	char *end;

	if (length >= sizeof part)
		return 0;
	memcpy(part, text, length);
	part[length] = 0;
	*prefix = most;
	if (text[length]) {
		*prefix = (int)strtol(text + length + 1, &end, 10);
		if (*end || end == text + length + 1 || *prefix < 0 || *prefix > most)
			return 0;
	}
	return inet_pton(family, part, address) == 1 ? family : 0;
}

static size_t address_size(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

static bool show_link(void *context, const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	grpc_Interfaces *all = context;
	types_Interface *made = reply_more(&all->interfaces, &all->interfaces_count, sizeof *made);
	const char *name = find(message, sizeof *link, IFLA_IFNAME, 1);
	const uint8_t *mac = find(message, sizeof *link, IFLA_ADDRESS, MAC_SIZE);
	const uint32_t *mtu = find(message, sizeof *link, IFLA_MTU, sizeof *mtu);

	if (!made)
		return false;
	made->device = name ? reply_text(name) : NULL;
	made->name = name ? reply_text(name) : NULL;
	made->hw_addr = mac ? mac_text(mac) : NULL;
	made->mtu = mtu ? *mtu : 0;
	made->raw_flags = link->ifi_flags;
	return true;
}

static bool show_address(void *context, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *address = NLMSG_DATA(message);
	grpc_Interfaces *all = context;
	const void *local = find(message, sizeof *address, IFA_LOCAL, address_size(address->ifa_family));
	char name[NAME_SIZE], prefix[8];
	types_IPAddress *made = NULL;

	if (!local)
		local = find(message, sizeof *address, IFA_ADDRESS, address_size(address->ifa_family));
	if (!local || !if_indextoname(address->ifa_index, name))
		return true;
	for (pb_size_t i = 0; i < all->interfaces_count && !made; i++)
		if (strcmp(word(all->interfaces[i].name), name) == 0)
			made = reply_more(&all->interfaces[i].ip_addresses, &all->interfaces[i].ip_addresses_count, sizeof *made);
	if (!made)
		return true;
	snprintf(prefix, sizeof prefix, "%d", address->ifa_prefixlen);
	made->family = address->ifa_family == AF_INET6 ? types_IPFamily_v6 : types_IPFamily_v4;
	made->address = address_text(address->ifa_family, local, -1);
	made->mask = reply_text(prefix);
	return true;
}

enum code list_interfaces(struct call *call, void *request, void *reply)
{
	(void)request;
	return list(RTM_GETLINK, show_link, reply) < 0 || list(RTM_GETADDR, show_address, reply) < 0 ? fail_errno(call, "rtnetlink") : OK;
}

struct wanted {
	uint8_t mac[MAC_SIZE];
	int index;
};

static bool look_for_mac(void *context, const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	struct wanted *wanted = context;
	const uint8_t *mac = find(message, sizeof *link, IFLA_ADDRESS, MAC_SIZE);

	if (mac && memcmp(mac, wanted->mac, MAC_SIZE) == 0)
		wanted->index = link->ifi_index;
	return true;
}

static int set_link(int index, const char *name, uint32_t mtu, unsigned up)
{
	const struct ifinfomsg link = { .ifi_index = index, .ifi_flags = up, .ifi_change = UP };
	struct request request;

	begin(&request, RTM_NEWLINK, 0, &link, sizeof link);
	if (name)
		add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	if (mtu)
		add(&request, IFLA_MTU, &mtu, sizeof mtu);
	return order(&request);
}

struct old_addresses {
	unsigned index;
	struct request remove[32];
	unsigned count;
};

/* All but those that the kernel makes by itself. */
static bool note_address(void *context, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *address = NLMSG_DATA(message);
	struct old_addresses *old = context;
	const size_t size = address_size(address->ifa_family);
	const void *local = find(message, sizeof *address, IFA_LOCAL, size);
	struct request *request = &old->remove[old->count];

	if (!local)
		local = find(message, sizeof *address, IFA_ADDRESS, size);
	if (address->ifa_index != old->index || address->ifa_scope == RT_SCOPE_LINK || !local)
		return true;
	begin(request, RTM_DELADDR, 0, address, sizeof *address);
	add(request, IFA_LOCAL, local, size);
	return ++old->count < sizeof old->remove / sizeof *old->remove;
}

static int set_addresses(unsigned index, const types_Interface *wanted)
{
	static struct old_addresses old;
	uint8_t bytes[ADDRESS_SIZE];
	int prefix, family;

	old = (struct old_addresses){ .index = index };
	list(RTM_GETADDR, note_address, &old);
	for (unsigned i = 0; i < old.count; i++)
		order(&old.remove[i]);
	for (pb_size_t i = 0; i < wanted->ip_addresses_count; i++) {
		const char *mask = word(wanted->ip_addresses[i].mask);
		char text[INET6_ADDRSTRLEN + 8];
		struct ifaddrmsg address = { .ifa_index = index };
		struct request request;

		snprintf(text, sizeof text, "%.46s%s%.3s", word(wanted->ip_addresses[i].address), *mask ? "/" : "", mask);
		family = parse_address(text, bytes, &prefix);
		if (!family)
			return errno = EINVAL, -1;
		address.ifa_family = (uint8_t)family;
		address.ifa_prefixlen = (uint8_t)prefix;
		begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &address, sizeof address);
		add(&request, IFA_LOCAL, bytes, address_size(family));
		add(&request, IFA_ADDRESS, bytes, address_size(family));
		if (order(&request) < 0)
			return -1;
	}
	return 0;
}

enum code update_interface(struct call *call, void *message, void *reply)
{
	const grpc_UpdateInterfaceRequest *request = message;
	const types_Interface *asked = &request->interface;
	const char *name = *word(asked->name) ? asked->name : word(asked->device);
	struct wanted wanted = { .index = 0 };
	types_Interface *answer = reply;
	char now[NAME_SIZE];

	if (*word(asked->hw_addr) && !parse_mac(asked->hw_addr, wanted.mac))
		return fail(call, INVALID_ARGUMENT, "not a MAC address: \"%.60s\"", asked->hw_addr);
	if (*word(asked->hw_addr))
		list(RTM_GETLINK, look_for_mac, &wanted);
	else
		wanted.index = (int)if_nametoindex(name);
	if (!wanted.index)
		return fail(call, NOT_FOUND, "there is no interface \"%.60s\"", *word(asked->hw_addr) ? asked->hw_addr : name);
	if (strlen(name) >= NAME_SIZE || asked->mtu > 65536)
		return fail(call, INVALID_ARGUMENT, "a name of at most 15 bytes and an MTU of at most 65536");
	if (!if_indextoname((unsigned)wanted.index, now))
		return fail_errno(call, "interface");
	/* A name changes only while the interface is down. */
	if ((*name && strcmp(now, name) != 0 && (set_link(wanted.index, NULL, 0, 0) < 0 || set_link(wanted.index, name, 0, 0) < 0)) ||
	    set_addresses((unsigned)wanted.index, asked) < 0 || set_link(wanted.index, NULL, (uint32_t)asked->mtu, UP) < 0)
		return fail_errno(call, *name ? name : now);
	answer->device = reply_text(*name ? name : now);
	answer->name = reply_text(*name ? name : now);
	answer->hw_addr = *word(asked->hw_addr) ? reply_text(asked->hw_addr) : NULL;
	answer->mtu = asked->mtu;
	return OK;
}

static bool show_route(void *context, const struct nlmsghdr *message)
{
	const struct rtmsg *route = NLMSG_DATA(message);
	const size_t size = address_size(route->rtm_family);
	const uint32_t *out = find(message, sizeof *route, RTA_OIF, sizeof *out);
	grpc_Routes *all = context;
	types_Route *made;
	char name[NAME_SIZE];

	if (route->rtm_table != RT_TABLE_MAIN || route->rtm_type != RTN_UNICAST)
		return true;
	made = reply_more(&all->routes, &all->routes_count, sizeof *made);
	if (!made)
		return false;
	made->family = route->rtm_family == AF_INET6 ? types_IPFamily_v6 : types_IPFamily_v4;
	made->scope = route->rtm_scope;
	made->flags = route->rtm_flags;
	made->dest = address_text(route->rtm_family, find(message, sizeof *route, RTA_DST, size), route->rtm_dst_len);
	made->gateway = address_text(route->rtm_family, find(message, sizeof *route, RTA_GATEWAY, size), -1);
	made->source = address_text(route->rtm_family, find(message, sizeof *route, RTA_PREFSRC, size), -1);
	if (out && if_indextoname(*out, name))
		made->device = reply_text(name);
	return true;
}

enum code list_routes(struct call *call, void *request, void *reply)
{
	(void)request;
	return list(RTM_GETROUTE, show_route, reply) < 0 ? fail_errno(call, "rtnetlink") : OK;
}

static int set_route(const types_Route *asked)
{
	struct rtmsg route = { .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST,
		.rtm_scope = (uint8_t)asked->scope };
	uint8_t dest[ADDRESS_SIZE], gateway[ADDRESS_SIZE], source[ADDRESS_SIZE];
	const uint32_t index = if_nametoindex(word(asked->device));
	int prefix = 0, ignored, family = asked->family == types_IPFamily_v6 ? AF_INET6 : AF_INET;
	const bool any = !*word(asked->dest) || strcmp(asked->dest, "default") == 0;
	struct request request;

	if (!index)
		return errno = ENODEV, -1;
	if ((!any && !(family = parse_address(asked->dest, dest, &prefix))) ||
	    (*word(asked->gateway) && !(family = parse_address(asked->gateway, gateway, &ignored))) ||
	    (*word(asked->source) && !parse_address(asked->source, source, &ignored)))
		return errno = EINVAL, -1;
	route.rtm_family = (uint8_t)family;
	route.rtm_dst_len = (uint8_t)(any ? 0 : prefix);
	begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &route, sizeof route);
	if (!any)
		add(&request, RTA_DST, dest, address_size(family));
	if (*word(asked->gateway))
		add(&request, RTA_GATEWAY, gateway, address_size(family));
	if (*word(asked->source))
		add(&request, RTA_PREFSRC, source, address_size(family));
	add(&request, RTA_OIF, &index, sizeof index);
	return order(&request);
}

enum code update_routes(struct call *call, void *message, void *reply)
{
	const grpc_UpdateRoutesRequest *request = message;

	/* Those without a gateway first: a gateway is reached by them. */
	for (int round = 0; round < 2; round++)
		for (pb_size_t i = 0; i < request->routes.routes_count; i++) {
			const types_Route *route = &request->routes.routes[i];

			if ((*word(route->gateway) != 0) == round && set_route(route) < 0)
				return fail_errno(call, word(route->dest));
		}
	return list_routes(call, message, reply);
}

enum code add_arp_neighbors(struct call *call, void *message, void *reply)
{
	const grpc_AddARPNeighborsRequest *request = message;

	(void)reply;
	for (pb_size_t i = 0; i < request->neighbors.arp_neighbors_count; i++) {
		const types_ARPNeighbor *asked = &request->neighbors.arp_neighbors[i];
		uint8_t address[ADDRESS_SIZE], mac[MAC_SIZE];
		int ignored, family = parse_address(word(asked->to_ip_address.address), address, &ignored);
		const struct ndmsg neighbour = { .ndm_family = (uint8_t)family, .ndm_ifindex = (int)if_nametoindex(word(asked->device)),
			.ndm_state = (uint16_t)(asked->state ? asked->state : NUD_PERMANENT), .ndm_flags = (uint8_t)asked->flags };
		struct request add_one;

		if (!family || !neighbour.ndm_ifindex || !parse_mac(word(asked->lladdr), mac))
			return fail(call, INVALID_ARGUMENT, "a neighbour has an address, a device and a MAC address");
		begin(&add_one, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &neighbour, sizeof neighbour);
		add(&add_one, NDA_DST, address, address_size(family));
		add(&add_one, NDA_LLADDR, mac, sizeof mac);
		if (order(&add_one) < 0)
			return fail_errno(call, word(asked->to_ip_address.address));
	}
	return OK;
}
