package org.pgkeep.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBinariesIT {
    @TempDir Path parent;

    private final EmbeddedBinaries.Archive archive =
            EmbeddedBinaries.find().newest(18).orElseThrow();

    @Test
    void twoAtOnceUnpackOneFolderThatEveryUserMayRead() throws Exception {
        try (ExecutorService both = Executors.newFixedThreadPool(2)) {
            Callable<PostgresBinaries> unpack = () -> archive.unpackedBelow(parent);
            List<Future<PostgresBinaries>> unpacked = both.invokeAll(List.of(unpack, unpack));
            assertThat(unpacked.get(0).get()).isEqualTo(unpacked.get(1).get());
        }
        try (Stream<Path> folders = Files.list(parent)) {
            assertThat(folders).hasSize(1);
        }
        try (Stream<Path> all = Files.walk(archive.unpackedBelow(parent).bin().resolve(".."))) {
            assertThat(all.filter(path -> !path.endsWith(".pgkeep-complete")))
                    .hasSizeGreaterThan(1000)
                    .allMatch(path -> {
                        try {
                            return Files.getPosixFilePermissions(path)
                                    .contains(PosixFilePermission.OTHERS_READ);
                        } catch (java.io.IOException broken) {
                            throw new java.io.UncheckedIOException(broken);
                        }
                    });
        }
    }

    @Test
    void unpacksAgainWhenAFileIsGone() throws Exception {
        Path program = archive.unpackedBelow(parent).program("initdb");
        Files.delete(program);
        assertThat(archive.unpackedBelow(parent).program("initdb")).isEqualTo(program);
        try (Stream<Path> folders = Files.list(parent)) {
            assertThat(folders).hasSize(1);
        }
    }

    @Test
    void refusesAFolderThatOthersMayWriteTo() throws Exception {
        Path planted =
                Files.createDirectory(
                        parent.resolve(
                                "pgkeep-embedded-"
                                        + archive.version()
                                        + "-"
                                        + System.getProperty("user.name")));
        Files.setPosixFilePermissions(planted, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> archive.unpackedBelow(parent))
                .isInstanceOf(PostgresNotFound.class)
                .hasMessageContaining("not by us");
    }
}
