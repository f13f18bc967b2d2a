package dev.jvmm.benchmarks;

import org.openjdk.jmh.annotations.Fork;

/** {@link VsockSteps} with the compiler that {@code ./jvmm} asks for. */
@Fork(value = 2, jvmArgsPrepend = { "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CompileThresholdScaling=10" })
public class VsockStepsAsLaunched extends VsockSteps {}
