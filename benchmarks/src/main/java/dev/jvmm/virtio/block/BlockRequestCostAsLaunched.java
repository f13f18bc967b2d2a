package dev.jvmm.virtio.block;

import org.openjdk.jmh.annotations.Fork;

/**
 * {@link BlockRequestCost} with the compiler that {@code ./jvmm} asks for: only the first, quick one, for the sake of short starts. What a
 * request costs a guest on the command line.
 */
@Fork(value = 2, jvmArgsPrepend = { "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:CompileThresholdScaling=10" })
public class BlockRequestCostAsLaunched extends BlockRequestCost {}
