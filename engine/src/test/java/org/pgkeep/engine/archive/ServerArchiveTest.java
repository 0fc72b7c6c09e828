package org.pgkeep.engine.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.engine.Hole;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryStore;

class ServerArchiveTest {
    private static final ServerId SERVER = new ServerId(new UUID(3, 4));

    private final Path home;
    private final ServerArchive archive;

    ServerArchiveTest(@TempDir Path home) {
        this.home = home.resolve("vault");
        this.archive =
                new ServerArchive(
                        Vault.create(
                                DirectoryStore.make(this.home, InstantSource.system()),
                                List.of(new VaultKey.KeyFile(new byte[32])),
                                new SecureRandom(),
                                InstantSource.system()),
                        SERVER);
    }

    @Test
    void takesTheVersionBeforeADamagedOne() throws IOException {
        archive.write(document("7d"));
        archive.write(document("14d"));
        damage("/server/", 1);
        assertThat(archive.document()).contains(document("7d"));
        // and a good one goes on top, though the one before says the same
        archive.write(document("7d"));
        assertThat(archive.objects().documentVersions("server")).hasSize(3);
        assertThat(archive.document()).contains(document("7d"));
    }

    @Test
    void saysSoWhenNoVersionCanBeRead() throws IOException {
        archive.write(document("7d"));
        damage("/server/", 0);
        Assertions.assertThatThrownBy(archive::document).isInstanceOf(Failure.class);
    }

    @Test
    void keepsEachHoleOnce() {
        Hole first = hole(100, 200, "the slot was lost");
        Hole second = hole(300, 400, "a disk");
        assertThat(archive.holes()).isEmpty();
        assertThat(archive.addHole(first)).isTrue();
        assertThat(archive.addHole(second)).isTrue();
        assertThat(archive.addHole(hole(100, 200, "found again after a crash"))).isFalse();
        assertThat(archive.holes()).containsExactly(first, second);
    }

    private static Hole hole(long from, long to, String cause) {
        return new Hole(
                TimelineId.FIRST, new Lsn(from), new Lsn(to), cause, Optional.of(Instant.EPOCH));
    }

    private static ServerDocument document(String retention) {
        return new ServerDocument(
                SERVER,
                "default",
                "pg1",
                PostgresVersion.parse("15.19"),
                "42",
                16 << 20,
                Instant.EPOCH,
                Optional.empty(),
                Map.of("retention", retention));
    }

    /** Flips a bit of the object with that number among those whose name has the part. */
    private void damage(String part, int number) throws IOException {
        try (Stream<Path> files = Files.walk(home)) {
            Path file =
                    files.filter(Files::isRegularFile)
                            .filter(each -> each.toString().contains(part))
                            .sorted()
                            .toList()
                            .get(number);
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length - 1] ^= 1;
            Files.delete(file);
            Files.write(file, bytes);
        }
    }
}
