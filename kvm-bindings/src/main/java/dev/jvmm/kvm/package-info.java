/**
 * The KVM API: {@link dev.jvmm.kvm.KvmSystem} opens {@code /dev/kvm}, {@link dev.jvmm.kvm.KvmVm} is a machine,
 * {@link dev.jvmm.kvm.KvmVcpu} a processor. A class per kind of file descriptor, as the kernel has it.
 *
 * @see <a href="https://docs.kernel.org/virt/kvm/api.html">The KVM API</a>
 */
package dev.jvmm.kvm;
