package dev.jvmm.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code jvmm check}: what this host can do for guests, and what to do about what it can not. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = "Says what this host can do and what is missing. Exit code 0 when guests can boot here, else 1.")
final class CheckCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() {
        List<Finding> findings = new HostCheck().findings();
        boolean bootable = findings.stream().noneMatch(finding -> finding.status() == Finding.Status.MISSING);
        System.out.print(json ? Finding.json(findings, bootable) : Finding.text(findings, bootable));
        System.out.flush();
        return bootable ? Main.SUCCESS : Main.FAILURE;
    }
}
