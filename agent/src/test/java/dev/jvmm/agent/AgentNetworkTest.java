package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.TypesProto;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The calls about networks, in a network namespace of the agent's own. */
class AgentNetworkTest extends AgentTestBase {
    private static final String MAC = "02:00:00:12:34:56";

    @BeforeEach
    void makeInterfaces() throws IOException {
        shell("ip link del eth7; ip link del veth0; ip link del net0; ip link add veth0 address " + MAC
                + " type veth peer name veth1;"
                + "ip link set veth1 up; ip addr add 192.0.2.77/24 dev veth0");
    }

    private TypesProto.Interface update(TypesProto.Interface.Builder wanted) throws IOException {
        return agent.ask(Agent.KATA, "UpdateInterface",
                AgentProto.UpdateInterfaceRequest.newBuilder().setInterface(wanted).build(),
                TypesProto.Interface.parser());
    }

    private static TypesProto.Interface.Builder wanted() {
        return TypesProto.Interface.newBuilder().setHwAddr(MAC).setDevice("net0").setName("eth7").setMtu(1400)
                .addIpAddresses(TypesProto.IPAddress.newBuilder().setAddress("10.1.2.3").setMask("24"))
                .addIpAddresses(TypesProto.IPAddress.newBuilder().setFamily(TypesProto.IPFamily.v6)
                        .setAddress("fd00::5").setMask("64"));
    }

    @Test
    void anInterfaceIsNamedAndAddressed() throws IOException {
        assertEquals("eth7", update(wanted()).getName());
        String shown = shell("ip addr show eth7");
        assertTrue(
                shown.contains("mtu 1400") && shown.contains("inet 10.1.2.3/24") && shown.contains("inet6 fd00::5/64")
                        && shown.contains("UP") && !shown.contains("192.0.2.77"),
                shown);
        AgentProto.Interfaces all = agent.ask(Agent.KATA, "ListInterfaces",
                AgentProto.ListInterfacesRequest.getDefaultInstance(), AgentProto.Interfaces.parser());
        TypesProto.Interface listed = all.getInterfacesList().stream().filter(i -> i.getName().equals("eth7"))
                .findFirst().orElseThrow();
        assertEquals(MAC, listed.getHwAddr());
        assertEquals(1400, listed.getMtu());
        assertTrue(listed.getIpAddressesList().stream()
                .anyMatch(a -> a.getAddress().equals("10.1.2.3") && a.getMask().equals("24")));
    }

    @Test
    void routesAreSet() throws IOException {
        update(wanted());
        AgentProto.Routes routes = agent.ask(Agent.KATA, "UpdateRoutes", AgentProto.UpdateRoutesRequest.newBuilder()
                .setRoutes(AgentProto.Routes.newBuilder()
                        .addRoutes(TypesProto.Route.newBuilder().setGateway("10.9.9.1").setDevice("eth7"))
                        .addRoutes(
                                TypesProto.Route.newBuilder().setDest("10.9.9.0/24").setDevice("eth7").setScope(253)))
                .build(), AgentProto.Routes.parser());
        String shown = shell("ip route");
        assertTrue(shown.contains("default via 10.9.9.1 dev eth7") && shown.contains("10.9.9.0/24 dev eth7"), shown);
        assertTrue(routes.getRoutesList().stream()
                .anyMatch(r -> r.getGateway().equals("10.9.9.1") && r.getDevice().equals("eth7")));
        AgentProto.Routes listed = agent.ask(Agent.KATA, "ListRoutes",
                AgentProto.ListRoutesRequest.getDefaultInstance(),
                AgentProto.Routes.parser());
        // the kernel adds IPv6's own when it likes
        assertEquals(ofVersion4(routes), ofVersion4(listed));
    }

    private static List<TypesProto.Route> ofVersion4(AgentProto.Routes routes) {
        return routes.getRoutesList().stream().filter(route -> route.getFamily() == TypesProto.IPFamily.v4).toList();
    }

    @Test
    void neighboursAreAdded() throws IOException {
        update(wanted());
        kata("AddARPNeighbors", AgentProto.AddARPNeighborsRequest
                .newBuilder().setNeighbors(AgentProto.ARPNeighbors.newBuilder()
                        .addArpNeighbors(
                                TypesProto.ARPNeighbor.newBuilder().setDevice("eth7").setLladdr("02:00:00:00:00:09")
                                        .setToIpAddress(TypesProto.IPAddress.newBuilder().setAddress("10.1.2.9"))))
                .build());
        assertTrue(shell("ip neigh").contains("10.1.2.9 dev eth7 lladdr 02:00:00:00:00:09 PERMANENT"));
    }

    @Test
    void nonsenseIsRefused() {
        refused(AgentException.NOT_FOUND, Agent.KATA, "UpdateInterface", AgentProto.UpdateInterfaceRequest.newBuilder()
                .setInterface(wanted().setHwAddr("02:00:00:00:00:01")).build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "UpdateInterface",
                AgentProto.UpdateInterfaceRequest.newBuilder()
                        .setInterface(wanted().setHwAddr("not a mac")).build());
        refused(AgentException.NOT_FOUND, Agent.KATA, "UpdateInterface",
                AgentProto.UpdateInterfaceRequest.getDefaultInstance());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "UpdateInterface",
                AgentProto.UpdateInterfaceRequest.newBuilder()
                        .setInterface(wanted().clearIpAddresses()
                                .addIpAddresses(TypesProto.IPAddress.newBuilder().setAddress("1.2.3.4").setMask("99")))
                        .build());
        refused(AgentException.NOT_FOUND, Agent.KATA, "UpdateRoutes", AgentProto.UpdateRoutesRequest.newBuilder()
                .setRoutes(AgentProto.Routes.newBuilder().addRoutes(TypesProto.Route.newBuilder().setDevice("none")))
                .build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "AddARPNeighbors",
                AgentProto.AddARPNeighborsRequest.newBuilder()
                        .setNeighbors(AgentProto.ARPNeighbors.newBuilder()
                                .addArpNeighbors(TypesProto.ARPNeighbor.getDefaultInstance()))
                        .build());
    }
}
