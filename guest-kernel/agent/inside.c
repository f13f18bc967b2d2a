/* Paths in a container's root. Images are hostile: each path is looked up by the kernel as if the root were the only one there is. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "container.h"

int open_inside(int root, const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, root, *path ? path : "/", &how, sizeof how);
}

/* What is missing at the end of a path whose folder is there. */
static int make_last(int root, const char *folder, const char *name, bool is_folder)
{
	int parent = open_inside(root, folder, O_PATH | O_DIRECTORY), made;

	if (parent < 0)
		return -1;
	if (is_folder) {
		made = mkdirat(parent, name, 0755);
	} else {
		made = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
		if (made >= 0)
			close(made);
	}
	close(parent);
	/* A link to nothing is there, and is followed nowhere. */
	if (made < 0 && errno == EEXIST)
		errno = ENOENT;
	return made < 0 ? -1 : 0;
}

int make_inside(int root, const char *path, bool folder)
{
	char part[PATH_MAX];
	int fd = open_inside(root, path, O_PATH);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (strlen(path) >= sizeof part)
		return errno = ENAMETOOLONG, -1;
	strcpy(part, path);
	for (char *at = part; *at;) {
		char *name = at + strspn(at, "/"), *end = name + strcspn(name, "/"), kept = *end;
		const bool last = !end[strspn(end, "/")];
		char before[PATH_MAX];

		if (name == end)
			break;
		*end = 0;
		fd = open_inside(root, part, O_PATH);
		if (fd < 0) {
			memcpy(before, part, (size_t)(name - part));
			before[name - part] = 0;
			if (errno != ENOENT || make_last(root, before, name, folder || !last) < 0)
				return -1;
		} else {
			close(fd);
		}
		*end = kept;
		at = end;
	}
	return open_inside(root, path, O_PATH);
}

int parent_inside(int root, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];

	if (!slash || !slash[1] || strcmp(slash, "/..") == 0 || strcmp(slash, "/.") == 0 || strlen(path) >= sizeof parent)
		return errno = EINVAL, -1;
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = 0;
	*name = slash + 1;
	return make_inside(root, *parent ? parent : "/", true);
}
