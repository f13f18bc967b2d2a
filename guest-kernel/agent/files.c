/* Files: copies both ways, in pieces, so that no piece needs much memory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"
#include "agent.pb.h"
#include "guest.pb.h"
#include "files.h"

enum { MOST_FILES = 1000 };

int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -1;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error ? (errno = error, -1) : 0;
}

ssize_t read_text(const char *path, char *into, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, into, size - 1);

	if (fd >= 0)
		close(fd);
	if (n > 0 && into[n - 1] == '\n')
		n--;
	into[n > 0 ? n : 0] = 0;
	return n;
}

int make_folders(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	struct stat file;

	if (strlen(path) >= sizeof part)
		return errno = ENAMETOOLONG, -1;
	strcpy(part, path);
	for (char *at = part + 1; (at = strchr(at, '/')); at++) {
		*at = 0;
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return -1;
		*at = '/';
	}
	if (mkdir(part, mode) == 0)
		return 0;
	return errno == EEXIST && stat(part, &file) == 0 && S_ISDIR(file.st_mode) ? 0 : -1;
}

static bool is_canonical(const char *path)
{
	return *path == '/' && strlen(path) < PATH_MAX - 32 && !strstr(path, "/../") && !strstr(path, "/./") && !strstr(path, "//") &&
	       strcmp(strrchr(path, '/'), "/..") != 0 && strcmp(strrchr(path, '/'), "/.") != 0;
}

static int make_parent(const char *path, mode_t mode)
{
	char parent[PATH_MAX];
	char *slash;

	strcpy(parent, path);
	slash = strrchr(parent, '/');
	*slash = 0;
	return slash == parent ? 0 : make_folders(parent, mode ? mode : 0755);
}

static int make_folder(const grpc_CopyFileRequest *request)
{
	if (mkdir(request->path, request->file_mode & 07777) < 0 && errno != EEXIST)
		return -1;
	if (chown(request->path, (uid_t)request->uid, (gid_t)request->gid) < 0)
		return -1;
	return chmod(request->path, request->file_mode & 07777);
}

static int make_link(const grpc_CopyFileRequest *request)
{
	char target[PATH_MAX], part[PATH_MAX];
	const size_t length = request->data ? request->data->size : 0;

	if (length == 0 || length >= sizeof target)
		return errno = EINVAL, -1;
	memcpy(target, request->data->bytes, length);
	target[length] = 0;
	snprintf(part, sizeof part, "%.4060s.jvmm-part", request->path);
	unlink(part);
	if (symlink(target, part) < 0)
		return -1;
	if (lchown(part, (uid_t)request->uid, (gid_t)request->gid) < 0 || rename(part, request->path) < 0) {
		unlink(part);
		return -1;
	}
	return 0;
}

static int write_at(int fd, const pb_bytes_array_t *data, int64_t offset)
{
	size_t done = 0;

	while (data && done < data->size) {
		ssize_t n = pwrite(fd, data->bytes + done, data->size - done, offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

/* Written beside its place, and moved there when it is whole: nobody sees half a file. */
static int make_file(const grpc_CopyFileRequest *request)
{
	const int64_t size = request->data ? (int64_t)request->data->size : 0;
	char part[PATH_MAX];
	struct stat file;
	int fd, error = 0;

	if (request->offset < 0 || request->file_size < 0 || request->offset > request->file_size - size)
		return errno = EINVAL, -1;
	if (stat(request->path, &file) == 0 && S_ISDIR(file.st_mode))
		return errno = EISDIR, -1;
	snprintf(part, sizeof part, "%.4060s.jvmm-part", request->path);
	fd = open(part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (request->offset == 0 ? O_TRUNC : 0), 0600);
	if (fd < 0)
		return -1;
	if (write_at(fd, request->data, request->offset) < 0)
		error = errno;
	else if (request->offset + size == request->file_size &&
		 (fchown(fd, (uid_t)request->uid, (gid_t)request->gid) < 0 || fchmod(fd, request->file_mode & 07777) < 0 ||
		  rename(part, request->path) < 0))
		error = errno;
	if (error)
		unlink(part);
	close(fd);
	return error ? (errno = error, -1) : 0;
}

enum code copy_file(struct call *call, void *message, void *reply)
{
	const grpc_CopyFileRequest *request = message;
	int result;

	(void)reply;
	if (!is_canonical(word(request->path)))
		return fail(call, INVALID_ARGUMENT, "not an absolute path without dots: \"%.120s\"", word(request->path));
	if (make_parent(request->path, request->dir_mode & 07777) < 0)
		return fail_errno(call, request->path);
	switch (request->file_mode & S_IFMT) {
	case S_IFDIR: result = make_folder(request); break;
	case S_IFLNK: result = make_link(request); break;
	case S_IFREG:
	case 0: result = make_file(request); break;
	default: return fail(call, INVALID_ARGUMENT, "neither a file nor a folder nor a symbolic link");
	}
	return result < 0 ? fail_errno(call, request->path) : OK;
}

static int describe(int folder, const char *path, bool follow, jvmm_FileInfo *info)
{
	char target[PATH_MAX];
	struct stat file;
	ssize_t n;

	if (fstatat(folder, path, &file, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	info->mode = file.st_mode;
	info->uid = file.st_uid;
	info->gid = file.st_gid;
	info->size = (uint64_t)file.st_size;
	info->device = file.st_rdev;
	info->modified_nanos = (int64_t)((uint64_t)file.st_mtim.tv_sec * 1000000000u + (uint64_t)file.st_mtim.tv_nsec);
	if (S_ISLNK(file.st_mode) && (n = readlinkat(folder, path, target, sizeof target - 1)) >= 0) {
		target[n] = 0;
		info->target = reply_text(target);
	}
	return 0;
}

enum code stat_file(struct call *call, void *message, void *reply)
{
	const jvmm_StatFileRequest *request = message;
	jvmm_FileInfo *info = reply;
	const char *path = word(request->path), *slash = strrchr(path, '/');

	if (*path != '/')
		return fail(call, INVALID_ARGUMENT, "not an absolute path: \"%.120s\"", path);
	if (describe(AT_FDCWD, path, request->follow, info) < 0)
		return fail_errno(call, path);
	info->name = reply_text(slash + 1);
	return OK;
}

static int by_name(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

struct names {
	char **all;
	size_t count, size;
};

static bool add_name(struct names *names, const char *name)
{
	if (names->count == names->size) {
		const size_t size = names->size ? names->size * 2 : 64;
		char **bigger = realloc(names->all, size * sizeof *bigger);

		if (!bigger)
			return false;
		names->all = bigger;
		names->size = size;
	}
	names->all[names->count] = strdup(name);
	return names->all[names->count++] != NULL;
}

static bool read_names(DIR *folder, const char *after, struct names *names)
{
	const struct dirent *entry;

	while ((entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && strcmp(entry->d_name, after) > 0 &&
		    !add_name(names, entry->d_name))
			return false;
	return true;
}

enum code list_folder(struct call *call, void *message, void *reply)
{
	const jvmm_ListFolderRequest *request = message;
	const size_t most = request->most && request->most < MOST_FILES ? request->most : MOST_FILES;
	jvmm_ListFolderResponse *answer = reply;
	DIR *folder = opendir(word(request->path));
	struct names names = { 0 };
	bool whole;

	if (!folder)
		return fail_errno(call, word(request->path));
	whole = read_names(folder, word(request->after), &names);
	if (names.count && whole)
		qsort(names.all, names.count, sizeof *names.all, by_name);
	for (size_t i = 0; whole && i < names.count && i < most; i++) {
		jvmm_FileInfo *info = reply_more(&answer->files, &answer->files_count, sizeof *info);

		if (info)
			info->name = reply_text(names.all[i]);
		whole = info && info->name;
		/* One that has gone meanwhile is told with no mode. */
		if (whole)
			describe(dirfd(folder), names.all[i], false, info);
	}
	answer->more = names.count > most;
	for (size_t i = 0; i < names.count; i++)
		free(names.all[i]);
	free(names.all);
	closedir(folder);
	return whole ? OK : fail(call, RESOURCE_EXHAUSTED, "out of memory");
}

enum code read_file(struct call *call, void *message, void *reply)
{
	const jvmm_ReadFileRequest *request = message;
	const size_t most = request->length && request->length < MOST_DATA ? request->length : MOST_DATA;
	jvmm_ReadFileResponse *answer = reply;
	int fd = open(word(request->path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat file;
	ssize_t n;

	if (fd < 0)
		return fail_errno(call, word(request->path));
	/* A read of anything else could wait for ever. */
	if (fstat(fd, &file) < 0 || !S_ISREG(file.st_mode)) {
		close(fd);
		return fail(call, FAILED_PRECONDITION, "not a regular file: \"%.120s\"", request->path);
	}
	answer->data = reply_bytes(most);
	n = answer->data && request->offset <= INT64_MAX ? pread(fd, answer->data->bytes, most, (off_t)request->offset) : -1;
	if (!answer->data)
		errno = ENOMEM;
	else if (request->offset > INT64_MAX)
		errno = EINVAL;
	else if (n >= 0)
		answer->data->size = (pb_size_t)n;
	close(fd);
	if (n < 0)
		return fail_errno(call, request->path);
	answer->end = (size_t)n < most;
	return OK;
}
