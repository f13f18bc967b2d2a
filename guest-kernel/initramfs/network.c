/* Network devices: each that comes is brought up, and asks for its address by DHCP. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

/* The client itself gives up, and goes on in the background, after three questions a second apart. */
enum { CLIENTS = 16, SETTLE_MILLIS = 6000 };

static int watch = -1;
static int last_index;
static pid_t clients[CLIENTS];

static void bring_up(const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

/* Its parent ends when there is an address, or when there is none so far. */
static void start_client(char *name)
{
	char *const words[] = { "udhcpc", "-b", "-t", "3", "-T", "1", "-S", "-R", "-i", name, NULL };
	char *const environment[] = { "PATH=/bin", "HOME=/root", NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	size_t at = 0;

	while (at < CLIENTS && clients[at])
		at++;
	if (at == CLIENTS)
		return;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	for (int fd = 0; fd < 3; fd++)
		posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	if (posix_spawn(&clients[at], "/bin/busybox", &files, &attributes, words, environment) != 0) {
		clients[at] = 0;
		say("no DHCP client");
	}
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
}

/* Interfaces that programs make, such as bridges, are theirs to set up. */
static void interface_came(int index)
{
	char name[IF_NAMESIZE], path[64];

	if (index <= last_index)
		return;
	last_index = index;
	if (!if_indextoname((unsigned)index, name))
		return;
	snprintf(path, sizeof path, "/sys/class/net/%s/device", name);
	if (access(path, F_OK) < 0)
		return;
	bring_up(name);
	start_client(name);
}

int network_watch(void)
{
	const struct sockaddr_nl links = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	struct if_nameindex *all;

	watch = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (watch >= 0 && bind(watch, (const struct sockaddr *)&links, sizeof links) < 0) {
		close(watch);
		watch = -1;
	}
	all = if_nameindex();
	for (size_t i = 0; all && all[i].if_index; i++)
		interface_came((int)all[i].if_index);
	if_freenameindex(all);
	return watch;
}

void network_serve(void)
{
	static char news[8192];
	ssize_t n;

	while (watch >= 0 && (n = recv(watch, news, sizeof news, 0)) > 0) {
		int left = (int)n;

		for (struct nlmsghdr *at = (struct nlmsghdr *)news; NLMSG_OK(at, (unsigned)left); at = NLMSG_NEXT(at, left))
			if (at->nlmsg_type == RTM_NEWLINK && at->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifinfomsg)))
				interface_came(((struct ifinfomsg *)NLMSG_DATA(at))->ifi_index);
	}
}

void network_reaped(pid_t pid)
{
	for (size_t i = 0; i < CLIENTS; i++)
		if (clients[i] == pid)
			clients[i] = 0;
}

static bool asking(void)
{
	for (size_t i = 0; i < CLIENTS; i++)
		if (clients[i])
			return true;
	return false;
}

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void network_settle(void)
{
	struct pollfd fd = { .fd = signals, .events = POLLIN };
	long end, left;

	if (!asking())
		return;
	end = now() + SETTLE_MILLIS;
	while (asking() && (left = end - now()) > 0) {
		poll(&fd, 1, (int)left);
		serve_signals(child_reaped);
	}
}
