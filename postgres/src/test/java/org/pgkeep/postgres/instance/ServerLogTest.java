package org.pgkeep.postgres.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerLogTest {
    @TempDir private Path directory = Path.of("");

    private void say(ServerLog log, String text) throws IOException {
        Files.writeString(log.file(), text, StandardOpenOption.APPEND);
    }

    @Test
    void showsOnlyWhatThePresentServerSaid() throws IOException {
        ServerLog log = new ServerLog(directory.resolve("new/server.log"));
        assertThat(log.tail()).isEmpty();
        log.markStart();
        say(log, "of the first server\n");
        log.markStart();
        assertThat(log.tail()).isEmpty();
        say(log, "one\ntwo\n");

        assertThat(log.tail()).containsExactly("one", "two");
    }

    @Test
    void showsTheEndOfALongLog() throws IOException {
        ServerLog log = new ServerLog(directory.resolve("server.log"));
        log.markStart();
        say(log, ("x".repeat(99) + "\n").repeat(10_000) + "the last\n");

        assertThat(log.tail()).hasSize(20).last().isEqualTo("the last");
    }

    @Test
    void isReadableByItsOwnerAlone() throws IOException {
        ServerLog log = new ServerLog(directory.resolve("server.log"));
        log.markStart();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log.file())))
                .isEqualTo("rw-------");
    }
}
