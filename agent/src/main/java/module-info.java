/** The host's side of the guest agent: ttrpc over any byte channel, and the calls that the agent understands. */
module dev.jvmm.agent {
    requires transitive com.google.protobuf;

    exports dev.jvmm.agent;
    exports dev.jvmm.agent.protocol;
}
