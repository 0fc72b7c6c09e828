package org.pgkeep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code up --detach} with launchers that do what a service would do. */
class DetachTest {
    private final Path folder;

    DetachTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void tellsWhatTheServiceSaidWhenItDoesNotStart() throws Exception {
        Path home = folder.resolve("home");
        Path launcher =
                launcher(
                        "echo 'noise'; echo 'pgkeep: no key' >&2; echo 'hint: bring it' >&2; exit 2");
        assertThat(Ran.line("up --detach", home, Optional.of(launcher)))
                .isEqualTo(new Ran(2, "", "pgkeep: no key\nhint: bring it\n"));
        assertThat(Files.readString(home.resolve("service.out"))).contains("noise");
    }

    // cli.md: errors with -o json have a stable code
    @Test
    void keepsTheCodeOfTheRefusal() throws Exception {
        Path launcher =
                launcher(
                        "[ \"$PGKEEP_ERRORS\" = json ] || exit 7; echo '{\"error\":{\"code\":"
                                + "\"no-key\",\"message\":\"no key\",\"hint\":\"bring it\"}}' >&2;"
                                + " exit 2");
        Ran ran = Ran.line("up --detach -o json", folder.resolve("home"), Optional.of(launcher));
        assertThat(ran.code()).isEqualTo(2);
        assertThat(ran.err()).contains("\"code\":\"no-key\"").contains("bring it");
    }

    @Test
    void tellsWhereToLookWhenTheServiceDiesWithoutAWord() throws Exception {
        Path home = folder.resolve("home");
        Ran ran = Ran.line("up --detach", home, Optional.of(launcher("exit 7")));
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err())
                .isEqualTo(
                        "pgkeep: the service ended at its start (exit code 7)\nhint: see what it"
                                + " printed in "
                                + home.resolve("service.out")
                                + "\n");
    }

    @Test
    void handsItsOptionsOnAndReturnsWhenTheServiceAnswers() throws Exception {
        Path home = folder.resolve("home");
        Path recorded = folder.resolve("service.json");
        try (FakeService service = new FakeService(folder)) {
            service.answer(
                    "GET /status", "{\"state\":\"running\",\"pid\":7,\"home\":\"" + home + "\"}");
            Path launcher =
                    launcher(
                            "echo \"$@\"; echo 'Keep the kit'; cp "
                                    + recorded
                                    + " "
                                    + home
                                    + "/; echo 'Ready: process 7'; exec sleep 5");
            Ran ran = Ran.line("up --detach --passphrase-file p", home, Optional.of(launcher));
            assertThat(ran.code()).as(ran.err()).isZero();
            assertThat(ran.out()).contains("State          running").contains(home.toString());
            assertThat(ran.err()).contains("Keep the kit\n", "service.out", "pgkeep down");
            assertThat(Files.readString(home.resolve("service.out")))
                    .startsWith("up --home " + home + " --passphrase-file /");
            Ran again = Ran.line("up --detach", home, Optional.of(launcher));
            assertThat(again.code()).isEqualTo(2);
            assertThat(again.err()).contains("is running already");
        }
    }

    private Path launcher(String script) throws IOException {
        Path launcher = folder.resolve("launcher");
        Files.writeString(launcher, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
        return launcher;
    }
}
