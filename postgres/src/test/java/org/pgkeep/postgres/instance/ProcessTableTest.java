package org.pgkeep.postgres.instance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a likeness of /proc, in which any process can be had. */
class ProcessTableTest {
    @TempDir private Path directory = Path.of("");

    private Path data = Path.of("");
    private Path elsewhere = Path.of("");
    private ProcessTable table = new ProcessTable(Path.of(""));

    @BeforeEach
    void makeDirectories() throws IOException {
        table = new ProcessTable(Files.createDirectory(directory.resolve("proc")));
        data = Files.createDirectory(directory.resolve("data"));
        elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    }

    private void process(int pid, Path workingDirectory, String commandLine) throws IOException {
        Path process = Files.createDirectory(table.proc().resolve(Integer.toString(pid)));
        Files.writeString(process.resolve("cmdline"), commandLine);
        Files.createSymbolicLink(process.resolve("cwd"), workingDirectory);
    }

    @Test
    void knowsThePostmasterOfADirectory() throws IOException {
        process(10, data, "/usr/lib/postgresql/15/bin/postgres\0-D\0/whatever\0");

        assertThat(table.isPostmasterOf(10, data)).isTrue();
        assertThat(table.isPostmasterOf(10, elsewhere)).isFalse();
        assertThat(table.isPostmasterOf(11, data)).isFalse();
    }

    @Test
    void knowsItByAnotherNameOfTheDirectory() throws IOException {
        process(10, data, "postgres\0");
        Path link = Files.createSymbolicLink(directory.resolve("link"), data);

        assertThat(table.isPostmasterOf(10, link)).isTrue();
    }

    @Test
    void isNotFooledByANumberThatIsUsedAgain() throws IOException {
        process(10, data, "/bin/bash\0"); // somebody looks around in the data directory
        process(11, elsewhere, "postgres\0-D\0" + data + "\0"); // a server of another cluster
        process(12, data, "postgres: checkpointer \0"); // a child
        process(13, data, ""); // a zombie, or the kernel

        assertThat(table.isPostmasterOf(10, data)).isFalse();
        assertThat(table.isPostmasterOf(11, data)).isFalse();
        assertThat(table.isPostmasterOf(12, data)).isFalse();
        assertThat(table.isPostmasterOf(13, data)).isFalse();
    }

    @Test
    void seesWhatIsLeftOfAServer() throws IOException {
        process(10, elsewhere, "postgres\0");
        assertThat(table.anyWorksIn(data)).isFalse();

        process(12, data, "postgres: checkpointer \0");
        assertThat(table.anyWorksIn(data)).isTrue();
    }
}
