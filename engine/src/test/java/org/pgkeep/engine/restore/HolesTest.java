package org.pgkeep.engine.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.engine.Hole;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.LogRange;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryStore;

class HolesTest {
    private static final int UNIT = 16 << 20;
    private static final TimelineId SECOND = new TimelineId(2);

    private final ServerArchive archive;

    HolesTest(@TempDir Path home) {
        this.archive =
                new ServerArchive(
                        Vault.create(
                                DirectoryStore.make(home.resolve("vault"), InstantSource.system()),
                                List.of(new VaultKey.KeyFile(new byte[32])),
                                new SecureRandom(),
                                InstantSource.system()),
                        new ServerId(new UUID(3, 4)));
    }

    @Test
    void tellsOfThoseOnEveryTimelineUntilTheirBytesAreFound() {
        held(1, 0, 1);
        held(1, 2, 3);
        held(2, 3, 4);
        Hole old = recorded(TimelineId.FIRST, 1, 2);
        Hole young = recorded(SECOND, 4, 6);
        // nothing is held behind the second yet
        assertThat(Holes.list(archive)).containsExactly(old, young);
        held(1, 1, 2);
        assertThat(Holes.list(archive)).containsExactly(young);
    }

    @Test
    void forgetsOneBehindWhichNothingIsKept() {
        recorded(TimelineId.FIRST, 1, 2);
        held(1, 2, 3);
        assertThat(Holes.list(archive)).isEmpty();
    }

    @Test
    void countsNoGapBeforeWhichNoSnapshotBegins() {
        // two units are stored side by side, and the later one is there first
        held(1, 0, 1);
        held(1, 2, 3);
        assertThat(Holes.list(archive)).isEmpty();
    }

    @Test
    void listsWalThatRecoveryCanNotGoThrough() {
        held(1, 0, 3);
        assertThat(archive.addUnlogged(TimelineId.FIRST, at(1))).isTrue();
        assertThat(archive.addUnlogged(TimelineId.FIRST, at(2))).isTrue();
        assertThat(Holes.list(archive))
                .containsExactly(
                        new Hole(TimelineId.FIRST, at(1), at(3), Hole.UNLOGGED, Optional.empty()));
    }

    private Hole recorded(TimelineId timeline, int from, int to) {
        Hole hole =
                new Hole(
                        timeline,
                        at(from),
                        at(to),
                        "the server lost it",
                        Optional.of(Instant.EPOCH));
        assertThat(archive.addHole(hole)).isTrue();
        return hole;
    }

    private void held(int timeline, int from, int to) {
        for (int unit = from; unit < to; unit++) {
            archive.objects()
                    .putLog(
                            new LogRange(timeline, at(unit).value(), at(unit + 1).value()),
                            new byte[UNIT],
                            0);
        }
    }

    private static Lsn at(int unit) {
        return new Lsn((long) unit * UNIT + UNIT);
    }
}
