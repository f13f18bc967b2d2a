/*
 * What udhcpc calls with what the DHCP server said: /etc/udhcpc is init by another name. The shell and its ip would take ten times as long
 * where the kernel is emulated.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init.h"

static const char *word(const char *variable)
{
	const char *value = getenv(variable);

	return value ? value : "";
}

/* An address in one of the request's unions; false where the text is none. */
static bool put_address(struct sockaddr *into, const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
		return false;
	memcpy(into, &address, sizeof address);
	return true;
}

static void set_address(int fd, struct ifreq *request, unsigned long call, const char *text)
{
	if (put_address(&request->ifr_addr, text))
		ioctl(fd, call, request);
}

static void bring_up(int fd, struct ifreq *request)
{
	request->ifr_flags = IFF_UP;
	ioctl(fd, SIOCSIFFLAGS, request);
}

/* The first of several. */
static void set_gateway(int fd, char *interface, const char *routers)
{
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY, .rt_dev = interface };
	char first[INET_ADDRSTRLEN];

	snprintf(first, sizeof first, "%.*s", (int)strcspn(routers, " "), routers);
	put_address(&route.rt_dst, "0.0.0.0");
	put_address(&route.rt_genmask, "0.0.0.0");
	if (put_address(&route.rt_gateway, first))
		ioctl(fd, SIOCADDRT, &route);
}

static void write_resolvers(const char *domain, const char *servers)
{
	FILE *file = fopen("/etc/resolv.conf", "we");

	if (!file)
		return;
	if (*domain)
		fprintf(file, "search %s\n", domain);
	while (*servers) {
		int length = (int)strcspn(servers, " ");

		if (length > 0)
			fprintf(file, "nameserver %.*s\n", length, servers);
		servers += length + (servers[length] == ' ');
	}
	fclose(file);
}

int lease(const char *event)
{
	struct ifreq request = { .ifr_flags = 0 };
	char interface[IF_NAMESIZE];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return 1;
	snprintf(interface, sizeof interface, "%s", word("interface"));
	memcpy(request.ifr_name, interface, sizeof request.ifr_name);
	if (strcmp(event, "deconfig") == 0) {
		set_address(fd, &request, SIOCSIFADDR, "0.0.0.0");
		bring_up(fd, &request);
	} else if (strcmp(event, "bound") == 0 || strcmp(event, "renew") == 0) {
		request.ifr_mtu = atoi(word("mtu"));
		if (request.ifr_mtu > 0)
			ioctl(fd, SIOCSIFMTU, &request);
		set_address(fd, &request, SIOCSIFADDR, word("ip"));
		set_address(fd, &request, SIOCSIFNETMASK, *word("subnet") ? word("subnet") : "255.255.255.0");
		set_gateway(fd, interface, word("router"));
		write_resolvers(word("domain"), word("dns"));
	}
	return 0;
}
