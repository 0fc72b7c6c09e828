package org.pgkeep.engine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.postgres.instance.OperatingSystemUser;

class LogRotationTest {
    @TempDir private Path folder;

    @Test
    void emptiesALargeLogUnderTheFeetOfItsWriter() throws IOException {
        Path log = folder.resolve("server.log");
        LogRotation rotation = new LogRotation(log, OperatingSystemUser.forServers(), 10);
        rotation.look();
        try (OutputStream writer =
                Files.newOutputStream(log, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (int i = 1; i <= 6; i++) {
                writer.write(
                        ("round " + i + " has twenty\n")
                                .getBytes(java.nio.charset.StandardCharsets.UTF_8));
                rotation.look();
                assertThat(log).isEmptyFile();
                assertThat(folder.resolve("server.log.1")).content().startsWith("round " + i);
            }
            writer.write('x');
            rotation.look();
        }
        assertThat(log).hasContent("x");
        assertThat(folder.resolve("server.log.3")).content().startsWith("round 4");
        assertThat(folder.resolve("server.log.4")).doesNotExist();
    }

    @Test
    void followsNoLinkThatTheServersUserMayHavePut() throws IOException {
        Path victim = Files.writeString(folder.resolve("victim"), "precious, and more than ten");
        Path log = Files.createSymbolicLink(folder.resolve("server.log"), victim);
        new LogRotation(log, OperatingSystemUser.forServers(), 10).look();
        Files.delete(log);
        Files.writeString(log, "a log of more than ten bytes");
        Files.createSymbolicLink(folder.resolve("server.log.1"), victim);
        new LogRotation(log, OperatingSystemUser.forServers(), 10).look();
        assertThat(victim).hasContent("precious, and more than ten");
        assertThat(Files.isSymbolicLink(folder.resolve("server.log.1"))).isFalse();
    }
}
