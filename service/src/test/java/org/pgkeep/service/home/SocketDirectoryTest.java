package org.pgkeep.service.home;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

class SocketDirectoryTest {
    private static final String SELF = System.getProperty("user.name");

    @TempDir Path folder;

    @Test
    void isInTheHomeWhereThePathIsShortEnough() {
        Home home = new Home(Path.of("/var/lib/pgkeep"));

        assertThat(SocketDirectory.of(home, Path.of("/tmp")))
                .isEqualTo(Path.of("/var/lib/pgkeep/run"));
    }

    @Test
    void isElsewhereAndAlwaysTheSameWhereThePathWouldBeTooLong() {
        Home home = new Home(Path.of("/" + "long/".repeat(20) + "home"));

        Path place = SocketDirectory.of(home, Path.of("/tmp"));
        assertThat(place.toString()).startsWith("/tmp/pgkeep-").hasSizeLessThan(40);
        assertThat(SocketDirectory.of(home, Path.of("/tmp"))).isEqualTo(place);
        assertThat(SocketDirectory.of(new Home(home.root().resolve("x")), Path.of("/tmp")))
                .isNotEqualTo(place);
    }

    @Test
    void isMadeForEverybodyToReachAndForTheServersToWrite() throws Exception {
        Path made = SocketDirectory.prepare(longHome(), folder, SELF, SELF);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                .isEqualTo("rwxr-xr-x");
        assertThat(SocketDirectory.prepare(longHome(), folder, SELF, SELF)).isEqualTo(made);
    }

    @Test
    void aLinkThatStandsThereIsNotFollowed() throws Exception {
        Path place = SocketDirectory.of(longHome(), folder);
        Path trap = Files.createDirectory(folder.resolve("trap"));
        Files.createSymbolicLink(place, trap);

        assertThatThrownBy(() -> SocketDirectory.prepare(longHome(), folder, SELF, SELF))
                .isInstanceOfSatisfying(
                        Failure.class,
                        it -> assertThat(it.code()).isEqualTo(Code.FOREIGN_DIRECTORY));
    }

    private static Home longHome() {
        return new Home(Path.of("/" + "long/".repeat(20) + "home"));
    }
}
