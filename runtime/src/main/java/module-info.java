/** What a container runtime sees: its configuration file, the hypervisor interface, and the backends behind it. */
module dev.jvmm.runtime {
    requires transitive dev.jvmm.machine;
    requires com.fasterxml.jackson.core;
    requires org.tomlj;

    exports dev.jvmm.runtime;
    exports dev.jvmm.runtime.backend;

    exports dev.jvmm.runtime.config;
}
