/*
 * The C twin of ExitLatency: the same guest, the same KVM_RUN loop and a bus of the same kind, without a JVM.
 * Reads a count from stdin, handles so many exits, answers with the count; ends at end of file.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define CODE 0x1000
#define MEMORY 0x200000

struct device {
    uint64_t start, length;
    void (*write)(struct device *self, uint64_t offset, int size, uint64_t value);
    uint64_t sum;
};

static void count(struct device *self, uint64_t offset, int size, uint64_t value)
{
    self->sum += value + offset + (uint64_t)size;
}

static struct device bus[] = {
    { 0x70, 2, count, 0 }, { 0x80, 1, count, 0 }, { 0x2F8, 8, count, 0 }, { 0x3F8, 8, count, 0 },
};

static struct device *find(uint64_t address)
{
    size_t low = 0, high = sizeof bus / sizeof *bus;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (address < bus[middle].start)
            high = middle;
        else if (address - bus[middle].start >= bus[middle].length)
            low = middle + 1;
        else
            return &bus[middle];
    }
    return NULL;
}

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int must(int result, const char *what)
{
    if (result < 0)
        die(what);
    return result;
}

static void handle(struct kvm_run *run)
{
    if (run->exit_reason != KVM_EXIT_IO) {
        fprintf(stderr, "exit reason %u\n", run->exit_reason);
        exit(1);
    }
    uint8_t *data = (uint8_t *)run + run->io.data_offset;
    for (uint32_t i = 0; i < run->io.count; i++) {
        uint32_t value = 0;
        memcpy(&value, data + i * run->io.size, run->io.size);
        struct device *device = find(run->io.port);
        if (device)
            device->write(device, run->io.port - device->start, run->io.size, value);
    }
}

int main(void)
{
    static const uint8_t code[] = { 0xBA, 0x80, 0x00, 0xEE, 0xEB, 0xFD }; /* mov dx, 0x80; out dx, al; jmp out */
    int kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
    int vm = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    uint8_t *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        die("mmap");
    memcpy(memory + CODE, code, sizeof code);
    struct kvm_userspace_memory_region region = { 0, 0, 0, MEMORY, (uintptr_t)memory };
    must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
    must(ioctl(vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
    int vcpu = must(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    size_t size = (size_t)must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run == MAP_FAILED)
        die("mmap of the vCPU");
    struct kvm_sregs sregs;
    must(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
    sregs.cs.base = sregs.cs.selector = 0;
    must(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
    struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
    must(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");

    char line[32];
    while (fgets(line, sizeof line, stdin)) {
        long exits = atol(line);
        for (long i = 0; i < exits; i++) {
            must(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
            handle(run);
        }
        printf("%ld\n", exits);
        fflush(stdout);
    }
    return 0;
}
