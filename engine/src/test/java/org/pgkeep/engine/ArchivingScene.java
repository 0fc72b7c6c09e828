package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archiving.ArchiveCapture;
import org.pgkeep.engine.archiving.WalFetcher;
import org.pgkeep.engine.archiving.WalPusher;
import org.pgkeep.engine.capture.CaptureListener;
import org.pgkeep.engine.capture.CaptureState;

/** A server that archives nothing by itself, its WAL, and a pusher and a fetcher for it. */
record ArchivingScene(World world, World.Kept kept, ServerArchive archive) {
    static ArchivingScene of(World world, Map<String, String> settings) throws IOException {
        World.Kept kept = world.createUncaptured(settings);
        return new ArchivingScene(world, kept, new ServerArchive(world.vault(), kept.id()));
    }

    Path wal() {
        return kept.server.place().dataDirectory().resolve("pg_wal");
    }

    WalPusher pusher() {
        return new WalPusher(
                archive,
                kept.document,
                Optional.of(wal()),
                ArchivingIT.WORKERS,
                ArchivingIT.NOBODY);
    }

    ArchiveCapture capture() {
        return new ArchiveCapture(
                kept.server.place().server(),
                kept.document,
                archive,
                World.QUICK,
                InstantSource.system(),
                new CaptureListener() {
                    @Override
                    public void stateChanged(CaptureState state) {}

                    @Override
                    public void hole(Hole hole) {
                        kept.holes.add(hole);
                    }
                });
    }

    Optional<byte[]> fetch(String name) throws IOException {
        var found =
                new WalFetcher(archive, kept.document.walSegmentBytes(), ArchivingIT.WORKERS)
                        .find(name);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        found.get().content().writeTo(bytes);
        assertThat(bytes.size()).isEqualTo(found.get().bytes());
        return Optional.of(bytes.toByteArray());
    }

    /** Writes some WAL and ends its segment; the name of the segment. */
    String segment() {
        return segment("SELECT g, md5(g::text) FROM generate_series(1, 30000) g");
    }

    String segment(String query) {
        String table = "t" + System.nanoTime();
        String name =
                World.sql(kept, "postgres", "SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
                        .getFirst()
                        .getFirst();
        World.sql(kept, "postgres", "CREATE TABLE " + table + " AS " + query);
        World.sql(kept, "postgres", "SELECT pg_switch_wal()");
        return name;
    }

    List<String> segments() throws IOException {
        try (Stream<Path> files = Files.list(wal())) {
            String current =
                    World.sql(
                                    kept,
                                    "postgres",
                                    "SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
                            .getFirst()
                            .getFirst();
            return files.map(each -> each.getFileName().toString())
                    .filter(each -> each.matches("[0-9A-F]{24}"))
                    .filter(each -> each.compareTo(current) < 0)
                    .sorted()
                    .toList();
        }
    }
}
