/* Users and groups by name, as the guest's own files have them. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agent.h"

enum { MOST_GROUPS = 64 };

static bool number(const char *text, unsigned *value)
{
	char *end;
	unsigned long read = strtoul(text, &end, 10);

	*value = (unsigned)read;
	return end != text && !*end && *text >= '0' && *text <= '9' && read < UINT32_MAX;
}

void home_of(uid_t uid, char *home, size_t size)
{
	const struct passwd *entry = getpwuid(uid);

	snprintf(home, size, "%s", entry && *entry->pw_dir ? entry->pw_dir : "/");
}

/* Which edition of a file was read; all zeros where there is none. */
struct edition {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
};

static struct edition edition_of(const char *path)
{
	struct edition edition;
	struct stat file;

	memset(&edition, 0, sizeof edition);
	if (stat(path, &file) == 0) {
		edition.device = file.st_dev;
		edition.inode = file.st_ino;
		edition.size = file.st_size;
		edition.changed = file.st_ctim;
	}
	return edition;
}

/* The superuser as the files had it when they were last read, which takes a dozen system calls. */
static struct {
	bool known;
	struct edition passwd, group;
	uid_t uid;
	gid_t gid, groups[MOST_GROUPS];
	size_t group_count;
	char home[256];
} superuser;

const char *user_super(struct spawn *order, char *home, size_t home_size)
{
	struct edition passwd, group;
	const char *wrong;

	passwd = edition_of("/etc/passwd");
	group = edition_of("/etc/group");
	if (!superuser.known || memcmp(&passwd, &superuser.passwd, sizeof passwd) != 0 ||
	    memcmp(&group, &superuser.group, sizeof group) != 0) {
		struct spawn read = { .uid = 0 };

		superuser.known = false;
		wrong = user_named(&read, "0", superuser.home, sizeof superuser.home);
		if (wrong)
			return wrong;
		superuser.passwd = passwd;
		superuser.group = group;
		superuser.uid = read.uid;
		superuser.gid = read.gid;
		superuser.group_count = read.group_count;
		if (read.group_count)
			memcpy(superuser.groups, read.groups, read.group_count * sizeof *read.groups);
		superuser.known = true;
	}
	order->uid = superuser.uid;
	order->gid = superuser.gid;
	order->groups = superuser.group_count ? superuser.groups : NULL;
	order->group_count = superuser.group_count;
	snprintf(home, home_size, "%s", superuser.home);
	return NULL;
}

/* "name", "uid", and either with ":group". Folder of a user that has none is the root. */
const char *user_named(struct spawn *order, const char *name, char *home, size_t home_size)
{
	static gid_t groups[MOST_GROUPS];
	const char *colon = strchr(name, ':');
	char user[256];
	const struct passwd *entry;
	const struct group *group;
	int count = MOST_GROUPS;

	if (snprintf(user, sizeof user, "%.*s", (int)(colon ? colon - name : (ptrdiff_t)strlen(name)), name) >= (int)sizeof user)
		return "there is no user";
	if (number(user, &order->uid))
		entry = getpwuid(order->uid);
	else if (!(entry = getpwnam(user)))
		return "there is no user";
	snprintf(home, home_size, "%s", entry && *entry->pw_dir ? entry->pw_dir : "/");
	order->gid = entry ? entry->pw_gid : 0;
	if (entry) {
		order->uid = entry->pw_uid;
		if (getgrouplist(entry->pw_name, entry->pw_gid, groups, &count) >= 0) {
			order->groups = groups;
			order->group_count = (size_t)count;
		}
	}
	if (!colon || number(colon + 1, &order->gid))
		return NULL;
	group = getgrnam(colon + 1);
	if (!group)
		return "there is no group";
	order->gid = group->gr_gid;
	return NULL;
}
