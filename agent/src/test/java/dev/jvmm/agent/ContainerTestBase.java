package dev.jvmm.agent;

import dev.jvmm.agent.NativeAgent.Ended;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.OciProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Containers of one test, which are gone behind it. */
abstract class ContainerTestBase extends AgentTestBase {
    private final List<Bundle> made = new ArrayList<>();
    Bundle box;

    @BeforeEach
    void makeRoot() throws IOException {
        box = another();
    }

    Bundle another() throws IOException {
        Bundle bundle = Bundle.in(folder);
        made.add(bundle);
        return bundle;
    }

    @AfterEach
    void removeAll() throws IOException {
        try (Agent last = host.connect()) {
            for (Bundle bundle : made) {
                try {
                    last.tell(Agent.KATA, "RemoveContainer", bundle.remove());
                } catch (AgentException e) {
                    if (e.code() != AgentException.NOT_FOUND) {
                        throw e;
                    }
                }
            }
        }
    }

    void create(OciProto.Spec.Builder spec) throws IOException {
        kata("CreateContainer", box.create(spec));
    }

    void start(OciProto.Spec.Builder spec) throws IOException {
        create(spec);
        kata("StartContainer", box.start());
    }

    /** What the container's own process says, and how it ends; the container is removed. */
    Ended run(OciProto.Spec.Builder spec) throws IOException {
        start(spec);
        Ended ended = follow(box.id());
        kata("RemoveContainer", box.remove());
        return ended;
    }

    Ended run(String script) throws IOException {
        return run(box.spec(script));
    }

    Ended exec(OciProto.Process.Builder process) throws IOException {
        String id = NativeAgent.newId();
        kata("ExecProcess", AgentProto.ExecProcessRequest.newBuilder().setContainerId(box.id()).setExecId(id)
                .setProcess(process).build());
        return follow(id);
    }

    Ended exec(String script) throws IOException {
        return exec(Bundle.shell(script));
    }

    Ended follow(String id) throws IOException {
        String output = read("ReadStdout", id);
        String errors = read("ReadStderr", id);
        return new Ended(await(id), output, errors);
    }

    int await(String id) throws IOException {
        return agent.ask(Agent.KATA, "WaitProcess",
                AgentProto.WaitProcessRequest.newBuilder().setContainerId(box.id()).setExecId(id).build(),
                AgentProto.WaitProcessResponse.parser()).getStatus();
    }

    private String read(String method, String id) throws IOException {
        var all = new ByteArrayOutputStream();
        var request = AgentProto.ReadStreamRequest.newBuilder().setContainerId(box.id()).setExecId(id).setLen(4096)
                .build();
        while (true) {
            try {
                agent.ask(Agent.KATA, method, request, AgentProto.ReadStreamResponse.parser()).getData().writeTo(all);
            } catch (AgentException e) {
                if (e.code() != AgentException.OUT_OF_RANGE) {
                    throw e;
                }
                return all.toString(StandardCharsets.UTF_8);
            }
        }
    }

    void refusedAs(int code, OciProto.Spec.Builder spec) {
        refused(code, Agent.KATA, "CreateContainer", box.create(spec));
    }
}
