/* mapped FILE: writes through a shared map, reads by read(2), and the other way round. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SIZE (1 << 20)

static int fail(const char *what)
{
	perror(what);
	return 1;
}

int main(int argc, char **argv)
{
	static char bytes[SIZE];

	if (argc != 2)
		return 2;
	int fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || ftruncate(fd, SIZE) < 0)
		return fail(argv[1]);
	char *map = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return fail("mmap");
	for (int i = 0; i < SIZE; i++)
		map[i] = (char)(i * 7 + i / 4096);
	if (msync(map, SIZE, MS_SYNC) < 0)
		return fail("msync");
	int other = open(argv[1], O_RDONLY);
	for (int done = 0; done < SIZE;) {
		ssize_t got = read(other, bytes + done, SIZE - done);
		if (got <= 0)
			return fail("read");
		done += got;
	}
	if (memcmp(bytes, map, SIZE) != 0)
		return fail("what was mapped is not what is read");
	memset(bytes, 'z', 5000);
	if (pwrite(fd, bytes, 5000, 100000) != 5000)
		return fail("pwrite");
	if (memcmp(map + 100000, bytes, 5000) != 0)
		return fail("what was written is not what is mapped");
	if (munmap(map, SIZE) < 0 || close(fd) < 0)
		return fail("close");
	return 0;
}
