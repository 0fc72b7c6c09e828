package org.pgkeep.engine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.pgkeep.engine.ServerId;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.instance.Installation;
import org.pgkeep.postgres.instance.OperatingSystemUser;

class ServerConfigurationTest {
    private static final LocalSocket SOCKET = new LocalSocket(Path.of("/run/a b"), 5433);

    private static ServerPlace place(String owner) {
        return new ServerPlace(
                new ServerId(new UUID(1, 2)),
                Path.of("/srv/it"),
                SOCKET,
                new Installation(Path.of("/usr/bin"), PostgresVersion.parse("15.1")),
                OperatingSystemUser.forServers(),
                owner);
    }

    @Test
    void letsInTheOwnerAndTheServersUser() {
        String servers = OperatingSystemUser.forServers().name();
        assertThat(ServerConfiguration.identConf(place("somebody")))
                .contains(
                        "pgkeep  \"somebody\"  postgres\n",
                        "pgkeep  \"" + servers + "\"  postgres\n");
    }

    @Test
    void letsInOneUserWhoIsBoth() {
        String both = OperatingSystemUser.forServers().name();
        assertThat(
                        ServerConfiguration.identConf(place(both))
                                .lines()
                                .filter(it -> it.contains(both)))
                .hasSize(1);
    }

    @Test
    void closedFirewallLetsNobodyInOverTcp() {
        String closed = ServerConfiguration.hbaConf(ServerConfiguration.Firewall.CLOSED);
        assertThat(closed.lines().filter(line -> line.startsWith("host")))
                .containsExactly("host   all          all  all  reject");
    }

    @Test
    void quotesValuesAndLetsTheCallersSettingsWin() {
        String text = ServerConfiguration.postgresqlConf(SOCKET, 15, Map.of("port", "it's mine"));
        assertThat(text)
                .contains("port = 'it''s mine'\n", "unix_socket_directories = '/run/a b'\n")
                .doesNotContain("5433");
    }

    @Test
    void leavesOutWhatOldVersionsDoNotKnow() {
        assertThat(ServerConfiguration.postgresqlConf(SOCKET, 13, Map.of()))
                .doesNotContain("recovery_init_sync_method");
        assertThat(ServerConfiguration.postgresqlConf(SOCKET, 14, Map.of()))
                .contains("recovery_init_sync_method");
    }
}
