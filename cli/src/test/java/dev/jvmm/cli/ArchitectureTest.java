package dev.jvmm.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Optional;

/** The rules of ARCHITECTURE.md that a machine can check. This module sees all others. */
@AnalyzeClasses(packages = "dev.jvmm", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String BUS_DEVICE = "dev.jvmm.bus.BusDevice";
    private static final String STATEFUL = "dev.jvmm.state.Stateful";

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES = slices().matching("dev.jvmm.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule MODULES_DEPEND_DOWNWARDS_ONLY = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("cli").definedBy("dev.jvmm.cli..")
            .layer("guest-kernel").definedBy("dev.jvmm.guest..")
            .layer("agent").definedBy("dev.jvmm.agent..")
            .layer("runtime").definedBy("dev.jvmm.runtime..")
            .layer("machine").definedBy(
                    "dev.jvmm.machine..", "dev.jvmm.channel..", "dev.jvmm.snapshot..", "dev.jvmm.device..",
                    "dev.jvmm.config..", "dev.jvmm.image..")
            .layer("boot-loader").definedBy("dev.jvmm.boot..", "dev.jvmm.acpi..", "dev.jvmm.aml..")
            .layer("usernet").definedBy("dev.jvmm.usernet..")
            .layer("vsock").definedBy("dev.jvmm.vsock..")
            .layer("virtio-devices").definedBy("dev.jvmm.virtio..")
            .layer("vmm-core").definedBy(
                    "dev.jvmm.memory..", "dev.jvmm.bus..", "dev.jvmm.irq..", "dev.jvmm.event..", "dev.jvmm.legacy..",
                    "dev.jvmm.vcpu..", "dev.jvmm.vm..", "dev.jvmm.assist..", "dev.jvmm.state..")
            .layer("kvm-bindings").definedBy("dev.jvmm.linux..", "dev.jvmm.kvm..")
            .optionalLayer("test support").definedBy("dev.jvmm.testing..")
            .ensureAllClassesAreContainedInArchitecture()
            .whereLayer("cli").mayNotBeAccessedByAnyLayer()
            .whereLayer("guest-kernel").mayOnlyBeAccessedByLayers("cli")
            .whereLayer("agent").mayOnlyBeAccessedByLayers("cli")
            .whereLayer("runtime").mayOnlyBeAccessedByLayers("cli")
            .whereLayer("machine").mayOnlyBeAccessedByLayers("runtime", "cli")
            .whereLayer("boot-loader").mayOnlyBeAccessedByLayers("machine", "cli")
            .whereLayer("usernet").mayOnlyBeAccessedByLayers("machine", "cli")
            .whereLayer("vsock").mayOnlyBeAccessedByLayers("machine", "cli")
            .whereLayer("virtio-devices").mayOnlyBeAccessedByLayers("usernet", "vsock", "machine", "cli")
            .whereLayer("vmm-core")
            .mayOnlyBeAccessedByLayers("boot-loader", "virtio-devices", "usernet", "vsock", "machine", "runtime",
                    "cli");

    /** The methods that the JDK calls restricted: with one of them a mistake can crash the process. */
    @ArchTest
    static final ArchRule ONLY_THE_BINDINGS_ARE_UNSAFE = noClasses()
            .that(resideOutsideOfPackages("dev.jvmm.linux..", "dev.jvmm.kvm.."))
            .should()
            .callMethodWhere(restricted());

    @ArchTest
    static final ArchRule KERNEL_STRUCTS_STAY_IN_THE_BINDINGS = noClasses()
            .that()
            .resideOutsideOfPackage("dev.jvmm.kvm..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.jvmm.kvm.abi..");

    /** What a guest can write to has state, and a snapshot needs it; a device without any says so by {@code Stateless}. */
    @ArchTest
    static final ArchRule DEVICES_CAN_BE_SAVED = classes()
            .that().implement(BUS_DEVICE).and().areNotInterfaces()
            .should(implementOrBelongTo(STATEFUL));

    private static ArchCondition<JavaClass> implementOrBelongTo(String type) {
        return new ArchCondition<>("implement " + type + ", or be nested in a class that does") {
            @Override
            public void check(JavaClass device, ConditionEvents events) {
                Optional<JavaClass> owner = Optional.of(device);
                boolean found = false;
                while (owner.isPresent() && !found) {
                    found = owner.get().isAssignableTo(type);
                    owner = owner.get().getEnclosingClass();
                }
                if (!found) {
                    events.add(SimpleConditionEvent.violated(device, device.getFullName() + " can not be saved"));
                }
            }
        };
    }

    private static DescribedPredicate<JavaCall<?>> restricted() {
        return DescribedPredicate.describe("is a call of a restricted method", call -> {
            String owner = call.getTargetOwner().getFullName();
            String name = call.getTarget().getName();
            return switch (owner) {
                case "java.lang.foreign.Linker" -> name.equals("downcallHandle") || name.equals("upcallStub");
                case "java.lang.foreign.MemorySegment" -> name.equals("reinterpret");
                case "java.lang.foreign.SymbolLookup" -> name.equals("libraryLookup");
                case "java.lang.foreign.AddressLayout" -> name.equals("withTargetLayout");
                case "java.lang.ModuleLayer$Controller" -> name.equals("enableNativeAccess");
                case "java.lang.System", "java.lang.Runtime" -> name.equals("load") || name.equals("loadLibrary");
                default -> owner.equals("sun.misc.Unsafe");
            };
        });
    }
}
