package dev.jvmm.snapshot;

import java.nio.file.Path;

/** A process that claims the test's template, says what came of it, and makes it when told so on standard input. */
final class MakerProcess {
    private MakerProcess() {}

    public static void main(String[] args) throws Exception {
        TemplateStore store = new TemplateStore(Path.of(args[0]), line -> say("notice " + line));
        switch (store.claim(TestSnapshots.IDENTITY, 60_000)) {
            case Claim.Ready ready -> {
                TestSnapshots.memory().assertEqualTo(ready.snapshot());
                say("ready");
            }
            case Claim.Make make -> {
                try (TemplateMaker maker = make.maker()) {
                    maker.memory(TestSnapshots.memory());
                    say("making");
                    if (System.in.read() < 0) {
                        return;
                    }
                    maker.commit(TestSnapshots.DESCRIPTION, TestSnapshots.RECORDS);
                }
                say("made");
            }
            case Claim.Without without -> say(without.reason());
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
