package dev.jvmm.benchmarks;

import org.openjdk.jmh.annotations.Fork;

/** {@link VsockPacket} with the compiler that {@code ./jvmm} asks for: only the first, quick one, for the sake of short starts. */
@Fork(value = 2, jvmArgsPrepend = { "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CompileThresholdScaling=10" })
public class VsockPacketAsLaunched extends VsockPacket {}
