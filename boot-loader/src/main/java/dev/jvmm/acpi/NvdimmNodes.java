package dev.jvmm.acpi;

import static dev.jvmm.acpi.Dsdt.numbered;
import static dev.jvmm.aml.Aml.arg;
import static dev.jvmm.aml.Aml.bits;
import static dev.jvmm.aml.Aml.buffer;
import static dev.jvmm.aml.Aml.call;
import static dev.jvmm.aml.Aml.concatenate;
import static dev.jvmm.aml.Aml.derefOf;
import static dev.jvmm.aml.Aml.device;
import static dev.jvmm.aml.Aml.element;
import static dev.jvmm.aml.Aml.equal;
import static dev.jvmm.aml.Aml.field;
import static dev.jvmm.aml.Aml.integer;
import static dev.jvmm.aml.Aml.local;
import static dev.jvmm.aml.Aml.mid;
import static dev.jvmm.aml.Aml.name;
import static dev.jvmm.aml.Aml.operationRegion;
import static dev.jvmm.aml.Aml.packageOf;
import static dev.jvmm.aml.Aml.path;
import static dev.jvmm.aml.Aml.returns;
import static dev.jvmm.aml.Aml.serializedMethod;
import static dev.jvmm.aml.Aml.sizeOf;
import static dev.jvmm.aml.Aml.store;
import static dev.jvmm.aml.Aml.toInteger;
import static dev.jvmm.aml.Aml.when;

import dev.jvmm.aml.Aml;
import dev.jvmm.aml.AmlNode;
import dev.jvmm.legacy.NvdimmMailbox;
import dev.jvmm.memory.AddressMap;

/**
 * The NVDIMM root device and a device for each place. Their methods put a question into {@link NvdimmMailbox}'s page, knock at its port,
 * and take the answer from the page; one at a time, since {@code NCAL} is serialized.
 *
 * @see "ACPI 6.5 section 9.19, NVDIMM devices"
 * @see <a href="https://pmem.io/documents/NVDIMM_DSM_Interface-V1.8.pdf">NVDIMM DSM interface, Intel</a>
 */
final class NvdimmNodes {
    /** The root's name. */
    static final String ROOT = "NVDR";

    /** 4309AC30-0D11-11E4-9191-0800200C9A66. */
    private static final byte[] UUID = {
        0x30, (byte) 0xAC, 0x09, 0x43, 0x11, 0x0D, (byte) 0xE4, 0x11, (byte) 0x91, (byte) 0x91, 0x08, 0x00, 0x20, 0x0C,
        (byte) 0x9A, 0x66 };

    private static final int PAGE = NvdimmMailbox.SIZE;

    private NvdimmNodes() {}

    /** What belongs into \_SB, for places 0 to {@code count - 1}. */
    static AmlNode root(int count) {
        AmlNode[] body = new AmlNode[8 + count];
        body[0] = name("_HID", "ACPI0012");
        body[1] = operationRegion("NVIO", Aml.Space.SYSTEM_IO, AddressMap.PORT_NVDIMM, Integer.BYTES);
        body[2] = field("NVIO", Aml.Access.DWORD, Aml.Update.WRITE_AS_ZEROS, bits("NKNK", Integer.SIZE));
        body[3] = operationRegion("NVPG", Aml.Space.SYSTEM_MEMORY, AddressMap.NVDIMM_MAILBOX, PAGE);
        body[4] = field("NVPG", Aml.Access.DWORD, Aml.Update.WRITE_AS_ZEROS, bits("NHND", Integer.SIZE),
                bits("NFUN", Integer.SIZE), bits("NARG", (PAGE - NvdimmMailbox.ARGUMENTS) * Byte.SIZE));
        body[5] = field("NVPG", Aml.Access.DWORD, Aml.Update.WRITE_AS_ZEROS, bits("NLEN", Integer.SIZE),
                bits("NDAT", (PAGE - NvdimmMailbox.ANSWER) * Byte.SIZE));
        body[6] = serializedMethod("NCAL", 3,
                store(arg(0), path("NHND")), store(arg(1), path("NFUN")), store(arg(2), path("NARG")),
                store(integer(1), path("NKNK")),
                returns(mid(path("NDAT"), integer(0), path("NLEN"))));
        body[7] = serializedMethod("_FIT", 0,
                returns(call("NCAL", integer(0), integer(NvdimmMailbox.FIT), buffer((byte) 0))));
        for (int i = 0; i < count; i++) {
            body[8 + i] = place(i);
        }
        return device(ROOT, body);
    }

    private static AmlNode place(int index) {
        long handle = Nvdimm.handle(index);
        return device(numbered('N', index),
                name("_ADR", handle),
                serializedMethod("_DSM", 4,
                        when(equal(arg(0), buffer(UUID)),
                                store(buffer((byte) 0), local(0)),
                                when(sizeOf(arg(3)), store(derefOf(element(arg(3), integer(0))), local(0))),
                                returns(call("NCAL", integer(handle), arg(2), local(0)))),
                        returns(buffer((byte) 0))),
                serializedMethod("_LSI", 0,
                        store(ask(handle, NvdimmMailbox.LABEL_SIZE, buffer((byte) 0)), local(0)),
                        store(packageOf(integer(0), integer(0), integer(0)), local(1)),
                        store(word(0), element(local(1), integer(0))),
                        store(word(4), element(local(1), integer(1))),
                        store(word(8), element(local(1), integer(2))),
                        returns(local(1))),
                serializedMethod("_LSR", 2,
                        store(ask(handle, NvdimmMailbox.READ_LABELS, concatenate(arg(0), arg(1))), local(0)),
                        store(packageOf(integer(0), integer(0)), local(1)),
                        store(word(0), element(local(1), integer(0))),
                        store(mid(local(0), integer(Integer.BYTES), arg(1)), element(local(1), integer(1))),
                        returns(local(1))),
                serializedMethod("_LSW", 3,
                        store(concatenate(concatenate(arg(0), arg(1)), arg(2)), local(1)),
                        store(ask(handle, NvdimmMailbox.WRITE_LABELS, local(1)), local(0)),
                        returns(word(0))));
    }

    private static AmlNode ask(long handle, int function, AmlNode arguments) {
        return call("NCAL", integer(handle), integer(function), arguments);
    }

    /** 32 bits of the answer in Local0. */
    private static AmlNode word(int offset) {
        return toInteger(mid(local(0), integer(offset), integer(Integer.BYTES)));
    }
}
