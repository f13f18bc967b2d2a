/* Leaving: programs are told, disks are written, the machine is switched off. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "init.h"

/* jvmm's ACPI sleep control register; sleep type 5 and the enable bit. */
enum { SLEEP_CONTROL_PORT = 0x600, SLEEP_TYPE_5 = 5 << 2, SLEEP_ENABLE = 0x20 };
enum { GRACE_STEPS = 200, GRACE_STEP_NS = 10000000 };

/* True once init has no children; every orphan is one of them. */
static bool alone(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static void end_programs(void)
{
	const struct timespec step = { .tv_nsec = GRACE_STEP_NS };

	spawn_dismiss();
	if (alone())
		return;
	kill(-1, SIGTERM);
	kill(-1, SIGCONT);
	for (int i = 0; i < GRACE_STEPS && !alone(); i++)
		nanosleep(&step, NULL);
	kill(-1, SIGKILL);
	for (int i = 0; i < GRACE_STEPS && !alone(); i++)
		nanosleep(&step, NULL);
}

/* Without ACPI or a port on its command line the kernel would only halt. */
static bool kernel_can_power_off(void)
{
	char words[4096];
	int fd;
	ssize_t n;

	if (access("/sys/firmware/acpi", F_OK) == 0)
		return true;
	fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, words, sizeof words - 1);
	words[n > 0 ? n : 0] = 0;
	return strstr(words, "poweroff_port=") != NULL;
}

static void power_off_by_port(void)
{
	const uint8_t value = SLEEP_TYPE_5 | SLEEP_ENABLE;
	int fd = open("/dev/port", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && pwrite(fd, &value, 1, SLEEP_CONTROL_PORT) == 1)
		sleep(1);
}

_Noreturn void power(enum power how)
{
	end_programs();
	sync();
	if (how == POWER_OFF && kernel_can_power_off())
		reboot(RB_POWER_OFF);
	if (how == POWER_OFF)
		power_off_by_port();
	reboot(RB_AUTOBOOT);		/* a machine that cannot be switched off is at least left */
	for (;;)
		pause();
}
