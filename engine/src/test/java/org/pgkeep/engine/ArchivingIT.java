package org.pgkeep.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.archiving.ArchiveCapture;
import org.pgkeep.engine.archiving.PushListener;
import org.pgkeep.engine.archiving.PushOutcome;
import org.pgkeep.engine.archiving.WalFetcher;
import org.pgkeep.engine.archiving.WalPusher;
import org.pgkeep.engine.capture.CaptureState;
import org.pgkeep.engine.index.IndexStore;
import org.pgkeep.engine.wal.WalArchive;
import org.pgkeep.engine.wal.WalIndexer;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.testkit.PostgresBinaries;
import org.pgkeep.testkit.ServerSettings;
import org.pgkeep.testkit.TestServer;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryStore;

/** WAL files of real servers, pushed and fetched. */
class ArchivingIT {
    static final ExecutorService WORKERS = Executors.newFixedThreadPool(3);

    static final PushListener NOBODY =
            new PushListener() {
                @Override
                public void held(TimelineId timeline, Lsn from, Lsn to) {}

                @Override
                public void acknowledged(TimelineId timeline, Lsn from, Lsn to) {}
            };

    @AfterAll
    static void end() {
        WORKERS.shutdown();
    }

    static Stream<PostgresBinaries> versions() {
        return PostgresBinaries.all().stream();
    }

    static Stream<PostgresBinaries> someVersions() {
        return PostgresBinaries.rotating().stream().limit(2);
    }

    // issue 5, 2: every byte comes back; the same file once more does nothing
    @ParameterizedTest
    @MethodSource("versions")
    void givesOutWhatWasPushedByteByByte(PostgresBinaries binaries) throws Exception {
        try (World world = new World(binaries)) {
            ArchivingScene scene = ArchivingScene.of(world, Map.of());
            scene.segment();
            scene.segment();
            scene.segment();
            WalPusher pusher = scene.pusher();
            List<String> names = scene.segments();
            assertThat(names).hasSizeGreaterThan(2);
            for (String name : names) {
                assertThat(pusher.push(scene.wal().resolve(name))).isEqualTo(PushOutcome.STORED);
            }
            for (String name : names) {
                byte[] file = Files.readAllBytes(scene.wal().resolve(name));
                assertThat(scene.fetch(name).orElseThrow()).as(name).isEqualTo(file);
                assertThat(scene.pusher().push(scene.wal().resolve(name)))
                        .isEqualTo(PushOutcome.HELD_ALREADY);
            }
            WalArchive held = new WalArchive(scene.archive().objects());
            assertThat(held.stretches(TimelineId.FIRST)).hasSize(1);
            assertThat(scene.fetch("0000000100000000000000F0")).isEmpty();
            assertThat(scene.fetch("00000001.history")).isEmpty();
            assertThat(scene.fetch("00000002.history")).isEmpty();
        }
    }

    // correctness.md 3 and 5: promotions leave a history, a partial segment, and a segment that two
    // timelines share
    @ParameterizedTest
    @MethodSource("someVersions")
    void followsAPromotionThroughItsFiles(PostgresBinaries binaries) throws Exception {
        try (World world = new World(binaries)) {
            ArchivingScene scene =
                    ArchivingScene.of(
                            world, Map.of("archive_mode", "on", "archive_command", "/bin/false"));
            scene.segment();
            World.sql(scene.kept(), "postgres", "CREATE TABLE last AS SELECT 1 AS x");
            scene.kept().server.stop();
            Path data = scene.kept().server.place().dataDirectory();
            Path signal = data.resolve("recovery.signal");
            Files.createFile(signal);
            scene.kept().server.place().runAs().own(signal);
            Files.writeString(
                    data.resolve("postgresql.auto.conf"), "restore_command = '/bin/false'\n");
            scene.kept().server.start();
            await(() ->
                    Files.exists(scene.wal().resolve("00000002.history")) && !Files.exists(signal));
            // the end of the recovery comes a moment later
            await(() ->
                    World.sql(scene.kept(), "postgres", "SELECT pg_is_in_recovery()")
                            .getFirst()
                            .getFirst()
                            .equals("f"));
            scene.segment();

            WalPusher pusher = scene.pusher();
            Path firstOfTwo = scene.wal().resolve(scene.segments().getLast());
            assertThat(firstOfTwo.getFileName().toString()).startsWith("00000002");
            // the history was not pushed: it is found beside the segment
            assertThat(pusher.push(firstOfTwo)).isEqualTo(PushOutcome.STORED);
            assertThat(pusher.push(scene.wal().resolve("00000002.history")))
                    .isEqualTo(PushOutcome.HELD_ALREADY);
            assertThat(scene.fetch(firstOfTwo.getFileName().toString()).orElseThrow())
                    .isEqualTo(Files.readAllBytes(firstOfTwo));
            for (String name : scene.segments()) {
                pusher.push(scene.wal().resolve(name));
            }
            try (Stream<Path> files = Files.list(scene.wal())) {
                for (Path partial :
                        files.filter(each -> each.toString().endsWith(".partial")).toList()) {
                    pusher.push(partial);
                    assertThat(pusher.push(partial)).isEqualTo(PushOutcome.HELD_ALREADY);
                }
            }
            var history = scene.archive().history(new TimelineId(2)).orElseThrow();
            Lsn fork = history.ancestors().getLast().switchPoint();
            // every byte of both timelines, along the history
            WalArchive held = new WalArchive(scene.archive().objects());
            Lsn first = held.stretches(TimelineId.FIRST).getFirst().from();
            assertThat(held.reach(history, first)).isGreaterThan(fork);
            // the second timeline has no segment before it began
            String before = "00000002" + scene.segments().getFirst().substring(8);
            assertThat(scene.fetch(before).isPresent())
                    .isEqualTo(Files.exists(scene.wal().resolve(before)));
        }
    }

    // issue 5, 2: refused in one sentence, and the vault stays as it was
    @Test
    void refusesWhatIsNotTheServersOwnSegment() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            ArchivingScene scene = ArchivingScene.of(world, Map.of());
            ArchivingScene other = ArchivingScene.of(world, Map.of());
            String name = scene.segment();
            String next = scene.segment();
            Path folder = Files.createDirectory(world.home().resolve("by-hand"));
            byte[] good = Files.readAllBytes(scene.wal().resolve(name));
            WalPusher pusher = scene.pusher();

            // another server's, under a name this one has
            String foreign = other.segment();
            Path copy = folder.resolve(foreign);
            Files.copy(other.wal().resolve(foreign), copy);
            refuses(pusher, copy, Code.DAMAGED_WAL, "system identifier");
            Files.delete(copy);
            // a flipped bit, in a record
            byte[] flipped = good.clone();
            flipped[good.length / 20] ^= 0x10;
            refuses(pusher, Files.write(folder.resolve(name), flipped), Code.DAMAGED_WAL, name);
            // cut, and longer
            refuses(
                    pusher,
                    Files.write(folder.resolve(name), java.util.Arrays.copyOf(good, 8192)),
                    Code.DAMAGED_WAL,
                    "8192 bytes");
            // filled with zeros from somewhere on
            byte[] torn = good.clone();
            java.util.Arrays.fill(torn, 300_000, torn.length, (byte) 0);
            refuses(pusher, Files.write(folder.resolve(name), torn), Code.DAMAGED_WAL, name);
            // one segment under the name of another, of another timeline
            refuses(
                    pusher,
                    Files.write(folder.resolve(next), good),
                    Code.DAMAGED_WAL,
                    "says that it belongs at");
            Path younger = folder.resolve("00000002" + name.substring(8));
            refuses(pusher, Files.write(younger, good), Code.WAL_NOT_HELD, "timeline 2");
            Files.writeString(folder.resolve("00000002.history"), "1\t0/3000000\tby hand\n");
            refuses(pusher, younger, Code.WRONG_STATE, "nowhere else");
            // no such file, no such name, no file
            refuses(pusher, folder.resolve("nowhere/" + name), Code.BAD_ARGUMENT, "no file");
            refuses(pusher, Path.of("/etc/passwd"), Code.BAD_ARGUMENT, "not the name");
            Files.delete(folder.resolve(name));
            refuses(
                    pusher,
                    Files.createSymbolicLink(folder.resolve(name), scene.wal().resolve(name)),
                    Code.BAD_ARGUMENT,
                    "no regular file");
            assertThat(scene.archive().objects().logStreams()).isEmpty();

            // the right one, and then a valid one that differs: a record less
            assertThat(pusher.push(scene.wal().resolve(name))).isEqualTo(PushOutcome.STORED);
            byte[] differs = good.clone();
            differs[good.length - 1] ^= 1; // behind the switch no record speaks against it
            Files.delete(folder.resolve(name));
            refuses(
                    pusher,
                    Files.write(folder.resolve(name), differs),
                    Code.WAL_DIFFERS,
                    "holds other WAL");
        }
    }

    // issue 5, 2: two pushes of one segment at once, and the look ahead while others push
    @Test
    void takesOneSegmentFromManySidesAtOnce() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            ArchivingScene scene =
                    ArchivingScene.of(
                            world, Map.of("archive_mode", "on", "archive_command", "/bin/false"));
            for (int i = 0; i < 5; i++) {
                scene.segment();
            }
            WalPusher one = scene.pusher();
            WalPusher other = scene.pusher();
            List<CompletableFuture<PushOutcome>> pushes = new ArrayList<>();
            for (String name : scene.segments()) {
                for (WalPusher pusher : List.of(one, one, other)) {
                    Path file = scene.wal().resolve(name);
                    pushes.add(CompletableFuture.supplyAsync(() -> pusher.push(file)));
                }
            }
            List<PushOutcome> outcomes = pushes.stream().map(CompletableFuture::join).toList();
            assertThat(outcomes).contains(PushOutcome.STORED);
            for (String name : scene.segments()) {
                assertThat(scene.fetch(name).orElseThrow())
                        .isEqualTo(Files.readAllBytes(scene.wal().resolve(name)));
            }
            // what was done ahead does not count for a file that has become another
            WalArchive held = new WalArchive(scene.archive().objects());
            assertThat(held.stretches(TimelineId.FIRST)).hasSize(1);
        }
    }

    // correctness.md 4: what was streamed is given out as files, too; the rest of a part is zeros
    @Test
    void givesOutWhatWasStreamed() throws Exception {
        try (World world = new World(PostgresBinaries.newest())) {
            World.Kept kept = world.create(Map.of());
            ServerArchive archive = new ServerArchive(world.vault(), kept.id());
            ArchivingScene scene = new ArchivingScene(world, kept, archive);
            String whole = scene.segment();
            World.sql(kept, "postgres", "CREATE TABLE last AS SELECT 1 AS x");
            Lsn end = Lsn.parse(position(kept));
            assertThat(kept.capture().awaitHeld(end, java.time.Duration.ofSeconds(30))).isTrue();
            String part = scene.segments().getLast();
            assertThat(scene.fetch(whole).orElseThrow())
                    .isEqualTo(Files.readAllBytes(scene.wal().resolve(whole)));
            assertThat(part).isEqualTo(whole);
            String current =
                    World.sql(kept, "postgres", "SELECT pg_walfile_name(pg_current_wal_lsn())")
                            .getFirst()
                            .getFirst();
            byte[] cut = scene.fetch(current).orElseThrow();
            byte[] file = Files.readAllBytes(scene.wal().resolve(current));
            int held = (int) end.minus(end.floor(kept.document.walSegmentBytes()));
            assertThat(java.util.Arrays.equals(cut, 0, held, file, 0, held)).isTrue();
            // a segment that was streamed may be pushed as well: the bytes are the same
            assertThat(scene.pusher().push(scene.wal().resolve(whole)))
                    .isEqualTo(PushOutcome.HELD_ALREADY);
        }
    }

    // issue 5, 2: segments of other sizes are several objects each; and what a backup leaves
    @Test
    void takesSegmentsOf64MiBAndTheHistoriesOfBackups() throws Exception {
        PostgresBinaries binaries = PostgresBinaries.of(15);
        int bytes = 64 << 20;
        try (World world = new World(binaries);
                TestServer server =
                        TestServer.start(
                                binaries,
                                ServerSettings.defaults()
                                        .walSegmentMegabytes(64)
                                        .with("archive_mode", "on")
                                        .with("archive_command", "/bin/false"))) {
            String system = server.value("SELECT system_identifier FROM pg_control_system()");
            ServerDocument document =
                    new ServerDocument(
                            new ServerId(UUID.randomUUID()),
                            "default",
                            "big",
                            PostgresVersion.parse(binaries.version()),
                            Long.toUnsignedString(Long.parseLong(system)),
                            bytes,
                            Instant.now(),
                            Optional.empty(),
                            Map.of());
            ServerArchive archive = new ServerArchive(world.vault(), document.id());
            archive.write(document);
            server.execute(
                    "CREATE TABLE t AS SELECT repeat(md5(g::text), 60) AS a FROM"
                            + " generate_series(1, 40000) g",
                    "CHECKPOINT");
            Path wal = server.dataDirectory().resolve("pg_wal");
            try (var connection = server.connection();
                    var statement = connection.createStatement()) {
                boolean _ = statement.execute("SELECT pg_backup_start('one', true)");
                boolean _ = statement.execute("SELECT pg_backup_stop(false)");
            }
            server.execute("SELECT pg_switch_wal()");
            List<Path> segments;
            Path label;
            String current = server.value("SELECT pg_walfile_name(pg_current_wal_insert_lsn())");
            try (Stream<Path> files = Files.list(wal)) {
                List<Path> all = files.sorted().toList();
                segments =
                        all.stream()
                                .filter(each -> each.getFileName().toString().matches("\\w{24}"))
                                .filter(each ->
                                        each.getFileName().toString().compareTo(current) < 0)
                                .toList();
                label =
                        all.stream()
                                .filter(each -> each.toString().endsWith(".backup"))
                                .findFirst()
                                .orElseThrow();
            }
            WalPusher pusher = new WalPusher(archive, document, Optional.of(wal), WORKERS, NOBODY);
            WalFetcher fetcher = new WalFetcher(archive, bytes, WORKERS);
            Path folder = Files.createDirectory(world.home().resolve("by-hand"));
            // in the third object of the segment
            byte[] first = Files.readAllBytes(segments.getFirst());
            first[40 << 20] ^= 4;
            Path broken =
                    Files.write(
                            folder.resolve(segments.getFirst().getFileName().toString()), first);
            refuses(pusher, broken, Code.DAMAGED_WAL, segments.getFirst().getFileName() + "");
            assertThat(fetcher.find(segments.getFirst().getFileName() + ""))
                    .hasValueSatisfying(held -> assertThat(held.bytes()).isEqualTo(bytes));
            for (Path each : segments) {
                assertThat(pusher.push(each)).isEqualTo(PushOutcome.STORED);
                assertThat(pusher.push(each)).isEqualTo(PushOutcome.HELD_ALREADY);
            }
            fetcher.rest();
            for (Path each : segments) {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                fetcher.find(each.getFileName() + "").orElseThrow().content().writeTo(out);
                assertThat(java.util.Arrays.mismatch(out.toByteArray(), Files.readAllBytes(each)))
                        .as(each + "")
                        .isEqualTo(-1);
            }
            assertThat(new WalArchive(archive.objects()).stretches(TimelineId.FIRST)).hasSize(1);
            WalIndexer indexer = new WalIndexer(archive, bytes, 15);
            while (!indexer.catchUp(10)) {}
            // 64 MiB and more of records, by 16 MiB; the newest range waits for a record behind it
            assertThat(new IndexStore(archive.objects()).ranges(TimelineId.FIRST).size())
                    .isGreaterThanOrEqualTo(4);

            assertThat(pusher.push(label)).isEqualTo(PushOutcome.STORED);
            assertThat(pusher.push(label)).isEqualTo(PushOutcome.HELD_ALREADY);
            Path other = folder.resolve(label.getFileName().toString());
            refuses(pusher, Files.writeString(other, "START"), Code.WAL_DIFFERS, "holds another");
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            fetcher.find(label.getFileName() + "").orElseThrow().content().writeTo(out);
            assertThat(out.toByteArray()).isEqualTo(Files.readAllBytes(label));
        }
    }

    // issue 5, faults: a full disk below the vault; the server keeps the segment, and hands it over
    // when there is room
    @Test
    void storesNothingHalfWhenTheVaultsDiskIsFull() throws Exception {
        Path disk = Files.createTempDirectory("pgkeep-small");
        boolean mounted =
                new ProcessBuilder(
                                        "mount",
                                        "-t",
                                        "tmpfs",
                                        "-o",
                                        "size=8m",
                                        "pgkeep",
                                        disk.toString())
                                .start()
                                .waitFor()
                        == 0;
        Assumptions.assumeTrue(mounted, "a small disk can't be mounted here: needs root");
        try (World world = new World(PostgresBinaries.newest())) {
            ArchivingScene scene = ArchivingScene.of(world, Map.of());
            String name = scene.segment();
            String table = "SELECT g, md5(random()::text) || md5(random()::text) AS t";
            String large = scene.segment(table + " FROM generate_series(1, 110000) g");
            Vault small =
                    Vault.create(
                            DirectoryStore.make(disk.resolve("vault"), InstantSource.system()),
                            List.of(new VaultKey.KeyFile(new byte[32])),
                            new SecureRandom(),
                            InstantSource.system());
            ServerArchive archive = new ServerArchive(small, scene.kept().id());
            archive.write(scene.kept().document);
            WalPusher pusher =
                    new WalPusher(
                            archive,
                            scene.kept().document,
                            Optional.of(scene.wal()),
                            WORKERS,
                            NOBODY);
            assertThat(pusher.push(scene.wal().resolve(name))).isEqualTo(PushOutcome.STORED);
            Path ballast = Files.write(disk.resolve("ballast"), new byte[5 << 20]);
            refuses(pusher, scene.wal().resolve(large), Code.NO_SPACE, "");
            assertThat(new WalFetcher(archive, 16 << 20, WORKERS).find(large)).isEmpty();
            Files.delete(ballast);
            assertThat(pusher.push(scene.wal().resolve(large))).isEqualTo(PushOutcome.STORED);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            new WalFetcher(archive, 16 << 20, WORKERS)
                    .find(large)
                    .orElseThrow()
                    .content()
                    .writeTo(out);
            assertThat(out.toByteArray()).isEqualTo(Files.readAllBytes(scene.wal().resolve(large)));
        } finally {
            run("umount", disk.toString());
            Files.delete(disk);
        }
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), said).isZero();
    }

    // issue 5, 5: what was handed over gets the same index as what was streamed, and soon
    @ParameterizedTest
    @MethodSource("someVersions")
    void indexesWhatIsHandedOver(PostgresBinaries binaries) throws Exception {
        try (World world = new World(binaries)) {
            ArchivingScene scene =
                    ArchivingScene.of(
                            world, Map.of("archive_mode", "on", "archive_command", "/bin/false"));
            for (int i = 0; i < 6; i++) {
                scene.segment();
            }
            IndexStore indexes = new IndexStore(scene.archive().objects());
            List<String> names = new ArrayList<>(scene.segments());
            try (ArchiveCapture capture = scene.capture()) {
                capture.start();
                await(() ->
                        !(capture.state() instanceof CaptureState.Connecting(String why))
                                || why.contains("hand over"));
                // the server waits for nobody: its segments come in any order
                java.util.Collections.swap(names, 2, 3);
                WalPusher pusher =
                        new WalPusher(
                                scene.archive(),
                                scene.kept().document,
                                Optional.of(scene.wal()),
                                WORKERS,
                                capture);
                for (String name : names) {
                    pusher.push(scene.wal().resolve(name));
                }
                // a range is finished when a record behind it is there
                await(() -> indexes.ranges(TimelineId.FIRST).size() == names.size() - 1);
            }
            var ranges = indexes.ranges(TimelineId.FIRST);
            var made = ranges.stream().map(indexes::index).toList();
            assertThat(made).allMatch(Optional::isPresent);
            ranges.forEach(indexes::delete);
            WalIndexer again =
                    new WalIndexer(
                            scene.archive(),
                            scene.kept().document.walSegmentBytes(),
                            binaries.major());
            while (!again.catchUp(10)) {}
            assertThat(ranges.stream().map(indexes::index).toList()).isEqualTo(made);
        }
    }

    private static String position(World.Kept kept) {
        return World.sql(kept, "postgres", "SELECT pg_current_wal_flush_lsn()")
                .getFirst()
                .getFirst();
    }

    private static void refuses(WalPusher pusher, Path file, Code code, String what) {
        assertThatThrownBy(() -> pusher.push(file))
                .isInstanceOfSatisfying(
                        Failure.class,
                        failure -> {
                            assertThat(failure.code()).as(failure.message()).isEqualTo(code);
                            assertThat(failure.message()).contains(what);
                            assertThat(failure.hint()).isNotBlank();
                        });
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) {
        for (int i = 0; i < 300 && !condition.holds(); i++) {
            World.pause();
        }
        assertThat(condition.holds()).isTrue();
    }
}
