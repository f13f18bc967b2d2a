/*
 * virtio-mmio slots that the host fills and empties. Named on the kernel's command line, slot N is the platform device
 * virtio-mmio.N; with ACPI it is the LNRO0005 whose _UID is N, in the container (ACPI0004) of that _UID.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "init.h"

#define PLATFORM "/sys/bus/platform/devices/"
#define DRIVER "/sys/bus/platform/drivers/virtio-mmio/"
#define ACPI "/sys/bus/acpi/devices/"
#define CONTAINERS "/sys/bus/container/devices/"
#define CONTAINER_EVENTS "/devices/system/container/"

enum { NAME_SIZE = 64, PATH_SIZE = 320 };

/* Opened while there is time. */
static int binder = -1;

void slots_prepare(void)
{
	binder = open(DRIVER "bind", O_WRONLY | O_CLOEXEC);
}

static int tell(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	error = write(fd, word, strlen(word)) < 0 ? errno : 0;
	close(fd);
	return error;
}

static size_t look(const char *path, char *into, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, into, size - 1);

	if (fd >= 0)
		close(fd);
	into[n > 0 ? n : 0] = 0;
	return n > 0 ? (size_t)n : 0;
}

/* The _UID of an ACPI device, or -1 where it is no slot's number. */
static int acpi_uid(const char *device)
{
	char path[PATH_SIZE], text[32], *end;
	long uid;

	snprintf(path, sizeof path, ACPI "%.60s/uid", device);
	if (!look(path, text, sizeof text))
		return -1;
	uid = strtol(text, &end, 10);
	return end != text && *end == '\n' && uid >= 0 && uid <= UINT8_MAX ? (int)uid : -1;
}

/* The name of the first ACPI device of a kind ("LNRO0005:") whose _UID is the slot's number. */
static bool find_acpi(const char *kind, uint8_t slot, char *name)
{
	DIR *all = opendir(ACPI);
	struct dirent *entry = NULL;

	while (all && (entry = readdir(all)))
		if (strncmp(entry->d_name, kind, strlen(kind)) == 0 && acpi_uid(entry->d_name) == slot)
			break;
	if (entry)
		snprintf(name, NAME_SIZE, "%.60s", entry->d_name);
	if (all)
		closedir(all);
	return entry != NULL;
}

/* The platform device of a slot in the ACPI tables. */
static bool find_platform(uint8_t slot, char *name)
{
	char acpi[NAME_SIZE], path[PATH_SIZE], target[PATH_SIZE];
	const char *base;
	ssize_t n;

	if (!find_acpi("LNRO0005:", slot, acpi))
		return false;
	snprintf(path, sizeof path, ACPI "%s/physical_node", acpi);
	n = readlink(path, target, sizeof target - 1);
	if (n <= 0)
		return false;
	target[n] = 0;
	base = strrchr(target, '/');
	snprintf(name, NAME_SIZE, "%.60s", base ? base + 1 : target);
	return true;
}

static bool exists(const char *device)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof path, PLATFORM "%s", device);
	return access(path, F_OK) == 0;
}

static int bind_device(const char *name)
{
	if (binder < 0)
		slots_prepare();
	return write(binder, name, strlen(name)) < 0 ? errno : 0;
}

/* A driver that is there already is no error: with ACPI the kernel looks by itself. */
int slot_attach(uint8_t slot)
{
	char name[NAME_SIZE];
	int error;

	snprintf(name, sizeof name, "virtio-mmio.%u", slot);
	error = bind_device(name);
	if (error == ENODEV && !exists(name))
		error = find_platform(slot, name) ? bind_device(name) : ENODEV;
	return error == EBUSY ? 0 : error;
}

static int unbind_device(const char *name)
{
	int error = tell(DRIVER "unbind", name);

	return error == ENODEV && exists(name) ? 0 : error;
}

/* The kernel wants a container to be taken offline before it is ejected. */
static int eject(const char *container)
{
	char path[PATH_SIZE];
	int error;

	snprintf(path, sizeof path, CONTAINERS "%s/online", container);
	error = tell(path, "0");
	if (error)
		return error;
	snprintf(path, sizeof path, ACPI "%s/eject", container);
	return tell(path, "1");
}

int slot_detach(uint8_t slot)
{
	char name[NAME_SIZE], container[NAME_SIZE];
	int error;

	snprintf(name, sizeof name, "virtio-mmio.%u", slot);
	if (exists(name))
		return unbind_device(name);
	error = find_platform(slot, name) ? unbind_device(name) : ENODEV;
	if (!error && find_acpi("ACPI0004:", slot, container))
		error = eject(container);
	return error;
}

/*
 * What the kernel asks of user space, where there are containers: to eject one (EVENT=offline), and to have a look at one that
 * has come again, since its device is not new and so not probed. Other events do not wake us.
 */
int slots_watch(void)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'c' << 8 | 'h', 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'o' << 8 | 'n', 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { sizeof code / sizeof *code, code };
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd;

	if (access(ACPI "ACPI0004:00", F_OK) < 0)
		return -1;
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
	if (bind(fd, (const struct sockaddr *)&kernel, sizeof kernel) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A variable of an event: strings that each end with a NUL. */
static bool has_string(const char *event, size_t length, const char *wanted)
{
	for (size_t at = 0; at < length; at += strlen(event + at) + 1)
		if (strcmp(event + at, wanted) == 0)
			return true;
	return false;
}

void slots_serve(int fd)
{
	char event[2048];
	ssize_t n;

	while ((n = recv(fd, event, sizeof event - 1, 0)) > 0) {
		const char *device = strchr(event, '@');
		bool come = strncmp(event, "online@", 7) == 0;
		int slot;

		event[n] = 0;
		if (!device || strncmp(device + 1, CONTAINER_EVENTS, strlen(CONTAINER_EVENTS)) != 0)
			continue;
		slot = acpi_uid(device + 1 + strlen(CONTAINER_EVENTS));
		if (slot < 0 || (!come && !has_string(event, (size_t)n, "EVENT=offline")))
			continue;
		if (come)
			slot_attach((uint8_t)slot);
		else if (slot_detach((uint8_t)slot) != 0)
			say("a slot could not be emptied");
	}
}
