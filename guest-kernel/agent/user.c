/* Users and groups by name, as the guest's own files have them. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
