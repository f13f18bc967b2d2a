package dev.jvmm.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code jvmm completion}: a script that teaches a shell our commands and options. */
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = {
            "Prints a completion script for a shell.",
            "bash: source <(jvmm completion bash)    zsh: source <(jvmm completion zsh)"
        })
final class CompletionCommand implements Callable<Integer> {
    /** The shells we know. Their one script finds out by itself which of them reads it. */
    enum Shell { bash, zsh }

    private final CommandLine root;

    @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
    private Shell shell = Shell.bash;

    CompletionCommand(CommandLine root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        if (shell == Shell.zsh) {
            System.out.println("autoload -U +X compinit && compinit");
        }
        System.out.print(AutoComplete.bash("jvmm", root));
        System.out.flush();
        return Main.SUCCESS;
    }
}
