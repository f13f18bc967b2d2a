package dev.jvmm.aml;

import static dev.jvmm.aml.Aml.acquire;
import static dev.jvmm.aml.Aml.add;
import static dev.jvmm.aml.Aml.and;
import static dev.jvmm.aml.Aml.arg;
import static dev.jvmm.aml.Aml.bits;
import static dev.jvmm.aml.Aml.buffer;
import static dev.jvmm.aml.Aml.call;
import static dev.jvmm.aml.Aml.device;
import static dev.jvmm.aml.Aml.eisaId;
import static dev.jvmm.aml.Aml.equal;
import static dev.jvmm.aml.Aml.field;
import static dev.jvmm.aml.Aml.greater;
import static dev.jvmm.aml.Aml.increment;
import static dev.jvmm.aml.Aml.integer;
import static dev.jvmm.aml.Aml.leaveLoop;
import static dev.jvmm.aml.Aml.less;
import static dev.jvmm.aml.Aml.local;
import static dev.jvmm.aml.Aml.method;
import static dev.jvmm.aml.Aml.mutex;
import static dev.jvmm.aml.Aml.not;
import static dev.jvmm.aml.Aml.notifies;
import static dev.jvmm.aml.Aml.operationRegion;
import static dev.jvmm.aml.Aml.or;
import static dev.jvmm.aml.Aml.otherwise;
import static dev.jvmm.aml.Aml.packageOf;
import static dev.jvmm.aml.Aml.path;
import static dev.jvmm.aml.Aml.release;
import static dev.jvmm.aml.Aml.resources;
import static dev.jvmm.aml.Aml.returns;
import static dev.jvmm.aml.Aml.scope;
import static dev.jvmm.aml.Aml.serializedMethod;
import static dev.jvmm.aml.Aml.shiftLeft;
import static dev.jvmm.aml.Aml.shiftRight;
import static dev.jvmm.aml.Aml.skip;
import static dev.jvmm.aml.Aml.store;
import static dev.jvmm.aml.Aml.string;
import static dev.jvmm.aml.Aml.subtract;
import static dev.jvmm.aml.Aml.when;
import static dev.jvmm.aml.Aml.whilst;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Nodes beside the ASL that says the same. iasl's bytes for it are kept in resource files of these names. */
enum Golden {
    INTEGERS(
            Aml.name("GOLD",
                    packageOf(integer(0), integer(1), integer(2), integer(0xFF), integer(0x100), integer(0xFFFF),
                            integer(0x1_0000), integer(0xFFFF_FFFFL), integer(0x1_0000_0000L), integer(-1))),
            """
            Name (GOLD, Package () {
              0, 1, 2, 0xFF, 0x100, 0xFFFF, 0x10000, 0xFFFFFFFF, 0x100000000, 0xFFFFFFFFFFFFFFFF
            })
            """),
    TEXTS(Aml.name("GOLD", packageOf(string("LNRO0005"), string(""), eisaId("PNP0501"), eisaId("PNP0C80"))),
            """
            Name (GOLD, Package () {"LNRO0005", "", EisaId ("PNP0501"), EisaId ("PNP0C80")})
            """),
    BYTES(Aml.name("GOLD", buffer((byte) 1, (byte) 0xFE, (byte) 3)), "Name (GOLD, Buffer () {1, 0xFE, 3})"),
    LONG_BUFFER(Aml.name("GOLD", buffer(new byte[70])), "Name (GOLD, Buffer () {" + "0, ".repeat(69) + "0})"),
    PORTS(Aml.name("GOLD", resources(Resources.io(0x3F8, 8), Resources.irq(4), Resources.interrupt(20))),
            """
            Name (GOLD, ResourceTemplate () {
              IO (Decode16, 0x3F8, 0x3F8, 1, 8)
              IRQ (Edge, ActiveHigh, Exclusive) {4}
              Interrupt (ResourceConsumer, Edge, ActiveHigh, Exclusive) {20}
            })
            """),
    MEMORY(Aml.name("GOLD", resources(
            Resources.memory32Fixed(0xD000_0000L, 0x1000),
            Resources.dwordMemory(0xC000_0000L, 0x1000_0000),
            Resources.qwordMemory(0x1_0000_0000L, 0x4000_0000))),
            """
            Name (GOLD, ResourceTemplate () {
              Memory32Fixed (ReadWrite, 0xD0000000, 0x1000)
              DWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                0, 0xC0000000, 0xCFFFFFFF, 0, 0x10000000)
              QWordMemory (ResourceConsumer, PosDecode, MinFixed, MaxFixed, Cacheable, ReadWrite,
                0, 0x100000000, 0x13FFFFFFF, 0, 0x40000000)
            })
            """),
    SCOPES(scope("\\",
            device("A", Aml.name("_HID", "ACPI0004"),
                    device("B", Aml.name("\\A.CC", 7), Aml.name("^D", 8), device("C"))),
            scope("\\A.B.C", Aml.name("\\A.B.C.DDDD", 9))),
            """
            Scope (\\) {
              Device (A) {
                Name (_HID, "ACPI0004")
                Device (B) { Name (\\A.CC, 7) Name (^D, 8) Device (C) {} }
              }
              Scope (\\A.B.C) { Name (\\A.B.C.DDDD, 9) }
            }
            """),
    LONG_SCOPE(scope("\\_SB", names(400)), "Scope (\\_SB) {" + aslNames(400) + "}"),
    FIELDS(scope("\\_SB",
            operationRegion("REG", Aml.Space.SYSTEM_IO, 0x610, 0x10),
            field("REG", Aml.Access.DWORD, Aml.Update.WRITE_AS_ZEROS, bits("ABC", 32), skip(64), bits("D", 1)),
            operationRegion("MEM", Aml.Space.SYSTEM_MEMORY, 0xD000_0000L, 0x1_0000),
            field("MEM", Aml.Access.BYTE, Aml.Update.PRESERVE, skip(5000), bits("E", 8)),
            field("MEM", Aml.Access.ANY, Aml.Update.WRITE_AS_ONES, bits("F", 63), bits("G", 4096))),
            """
            Scope (\\_SB) {
              OperationRegion (REG, SystemIO, 0x610, 0x10)
              Field (REG, DWordAcc, NoLock, WriteAsZeros) {ABC, 32, , 64, D, 1}
              OperationRegion (MEM, SystemMemory, 0xD0000000, 0x10000)
              Field (MEM, ByteAcc, NoLock, Preserve) {, 5000, E, 8}
              Field (MEM, AnyAcc, NoLock, WriteAsOnes) {F, 63, G, 4096}
            }
            """),
    STATEMENTS(device("DEV",
            Aml.name("CNT", 0),
            mutex("MTX"),
            method("ADDS", 2, returns(add(arg(0), arg(1)))),
            serializedMethod("_EVT", 1,
                    acquire("MTX"),
                    store(call("ADDS", integer(3), arg(0)), local(0)),
                    whilst(less(local(0), integer(10)),
                            increment(local(0)),
                            when(equal(local(0), integer(7)), leaveLoop())),
                    when(and(local(0), integer(4)), notifies("DEV", 0x80)),
                    otherwise(store(subtract(local(0), integer(1)), path("CNT"))),
                    when(not(greater(local(0), shiftLeft(integer(1), arg(0)))),
                            store(or(shiftRight(path("CNT"), integer(2)), integer(5)), local(7))),
                    release("MTX"))),
            """
            Device (DEV) {
              Name (CNT, 0)
              Mutex (MTX, 0)
              Method (ADDS, 2, NotSerialized) { Return (Add (Arg0, Arg1)) }
              Method (_EVT, 1, Serialized) {
                Acquire (MTX, 0xFFFF)
                Store (ADDS (3, Arg0), Local0)
                While (LLess (Local0, 10)) { Increment (Local0) If (LEqual (Local0, 7)) { Break } }
                If (And (Local0, 4)) { Notify (DEV, 0x80) }
                Else { Store (Subtract (Local0, 1), CNT) }
                If (LNot (LGreater (Local0, ShiftLeft (1, Arg0)))) {
                  Store (Or (ShiftRight (CNT, 2), 5), Local7)
                }
                Release (MTX)
              }
            }
            """);

    private final AmlNode node;
    private final String asl;

    Golden(AmlNode node, String asl) {
        this.node = node;
        this.asl = asl;
    }

    AmlNode node() {
        return node;
    }

    String asl() {
        return asl;
    }

    /** The bytes that are kept. */
    byte[] bytes() throws IOException {
        try (InputStream file = Golden.class.getResourceAsStream(name() + ".hex")) {
            String text = new String(file.readAllBytes(), StandardCharsets.US_ASCII);
            return HexFormat.of().parseHex(text.replace("\n", ""));
        }
    }

    private static AmlNode[] names(int count) {
        AmlNode[] names = new AmlNode[count];
        for (int i = 0; i < count; i++) {
            names[i] = Aml.name("N" + (100 + i), 0x1234_5678);
        }
        return names;
    }

    private static String aslNames(int count) {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < count; i++) {
            names.append("Name (N").append(100 + i).append(", 0x12345678)\n");
        }
        return names.toString();
    }
}
