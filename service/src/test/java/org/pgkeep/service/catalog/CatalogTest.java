package org.pgkeep.service.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.PostgresVersion;
import org.pgkeep.service.document.ErrorView;
import org.pgkeep.service.request.VaultWishes;

class CatalogTest {
    private static final Instant MADE = Instant.parse("2026-03-04T05:06:07.123456Z");

    @TempDir Path folder;

    @Test
    void keepsServersOverAReopening() {
        ServerRow row = server("pg1", 5433);
        try (Catalog catalog = open()) {
            add(catalog, row);
        }

        try (Catalog catalog = open()) {
            assertThat(new ServerTable(catalog).byName("default", "pg1")).contains(row);
            assertThat(new ServerTable(catalog).byId(row.id())).contains(row);
            assertThat(new ServerTable(catalog).all()).containsExactly(row);
        }
    }

    @Test
    void isReadableForItsOwnerAlone() throws Exception {
        try (Catalog _ = open()) {
            assertThat(Files.getPosixFilePermissions(folder.resolve("catalog.db")))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
    }

    @Test
    void refusesANameThatIsTaken() {
        try (Catalog catalog = open()) {
            add(catalog, server("pg1", 5433));

            assertThatThrownBy(() -> add(catalog, server("pg1", 5434)))
                    .isInstanceOfSatisfying(
                            Failure.class, it -> assertThat(it.code()).isEqualTo(Code.NAME_TAKEN));
            assertThat(new ServerTable(catalog).all()).hasSize(1);
        }
    }

    @Test
    void refusesAPortThatBelongsToAnotherServer() {
        try (Catalog catalog = open()) {
            add(catalog, server("pg1", 5433));

            assertThatThrownBy(() -> add(catalog, server("pg2", 5433)))
                    .isInstanceOfSatisfying(
                            Failure.class,
                            it -> {
                                assertThat(it.code()).isEqualTo(Code.PORT_TAKEN);
                                assertThat(it.message()).contains("pg1");
                            });
        }
    }

    @Test
    void aDeletedServersNameAndPortAreFreeAgain() {
        try (Catalog catalog = open()) {
            ServerTable servers = new ServerTable(catalog);
            ServerRow old = server("pg1", 5433);
            add(catalog, old);
            servers.markDeleted(old.id(), MADE.plusSeconds(60));
            ServerRow fresh = server("pg1", 5433);
            add(catalog, fresh);

            assertThat(servers.byName("default", "pg1")).contains(fresh);
            assertThat(servers.byId(old.id())).contains(old.deleted(MADE.plusSeconds(60)));
        }
    }

    @Test
    void theSameNameInAnotherNamespaceIsAnotherServer() {
        try (Catalog catalog = open()) {
            add(catalog, server("pg1", 5433));
            ServerRow other =
                    new ServerRow(
                            new ServerId(UUID.randomUUID()),
                            "arc",
                            "pg1",
                            PostgresVersion.parse("15.18"),
                            5434,
                            Wanted.RUNNING,
                            Map.of(),
                            MADE,
                            Optional.empty());
            add(catalog, other);

            assertThat(new ServerTable(catalog).byName("arc", "pg1")).contains(other);
        }
    }

    @Test
    void anAdoptedServerWhoseNameIsTakenGetsANameOfItsOwn() {
        try (Catalog catalog = open()) {
            ServerTable servers = new ServerTable(catalog);
            add(catalog, server("pg1", 5433));
            ServerRow second = server("pg1", 5433);
            servers.adopt(second);

            assertThat(servers.byId(second.id()).orElseThrow().name())
                    .isEqualTo("pg1-" + second.id().toString().substring(0, 8));
        }
    }

    @Test
    void aRefusedChangeTakesTheJobWithIt() {
        try (Catalog catalog = open()) {
            ServerTable servers = new ServerTable(catalog);
            JobTable jobs = new JobTable(catalog);
            add(catalog, server("pg1", 5433));

            assertThatThrownBy(() ->
                            catalog.write(handle -> {
                                jobs.add(handle, job());
                                servers.add(handle, server("pg1", 5434));
                                return 0;
                            }))
                    .isInstanceOf(Failure.class);
            assertThat(jobs.all()).isEmpty();
        }
    }

    @Test
    void keepsEveryWordOfAJob() {
        try (Catalog catalog = open()) {
            JobTable jobs = new JobTable(catalog);
            Job pending = job();
            catalog.write(handle -> {
                jobs.add(handle, pending);
                return 0;
            });
            assertThat(jobs.byId(pending.id())).contains(pending);

            Job started = pending.started(MADE.plusSeconds(1));
            jobs.update(started);
            assertThat(jobs.unfinished()).containsExactly(started);

            Job failed =
                    started.failed(
                            ErrorView.of(new Failure(Code.NO_SPACE, "the disk is full", "tidy up")),
                            MADE.plusSeconds(2));
            jobs.update(failed);
            assertThat(jobs.byId(pending.id())).contains(failed);
            assertThat(jobs.unfinished()).isEmpty();
            assertThat(jobs.of(pending.server())).containsExactly(failed);
        }
    }

    @Test
    void refusesACatalogOfANewerPgkeep() {
        try (Catalog catalog = open()) {
            catalog.write(handle ->
                    handle.execute(
                            "insert into flyway_schema_history (installed_rank, version,"
                                    + " description, type, script, installed_by,"
                                    + " execution_time, success) values (99, '99', 'later',"
                                    + " 'SQL', 'V99__later.sql', 'test', 1, true)"));
        }

        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        Failure.class, it -> assertThat(it.code()).isEqualTo(Code.NEWER_FORMAT));
    }

    @Test
    void saysThatACatalogWhichIsNoneCanBeMovedAway() throws Exception {
        Files.writeString(folder.resolve("catalog.db"), "this is no database".repeat(1000));

        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        Failure.class,
                        it -> {
                            assertThat(it.code()).isEqualTo(Code.DISK);
                            assertThat(it.hint()).contains("rebuilds the catalog");
                        });
    }

    @Test
    void theNewestMigrationIsTheNumberThatIsChecked() throws Exception {
        try (var files = Files.list(Path.of("src/main/resources/org/pgkeep/service/catalog"))) {
            List<String> names = files.map(it -> it.getFileName().toString()).sorted().toList();
            assertThat(names).hasSize(Catalog.NEWEST_MIGRATION);
            assertThat(names.getLast()).startsWith("V" + Catalog.NEWEST_MIGRATION + "__");
        }
    }

    @Test
    void keepsHowTheVaultIsLookedAfter() {
        try (Catalog catalog = open()) {
            VaultWishes wishes = new VaultWishes(new VaultSettingTable(catalog));
            assertThat(wishes.scrubEvery()).contains(Duration.ofDays(7));
            wishes.change(Map.of("scrubEvery", "2w"));
            wishes.change(Map.of("scrubRate", "5MB"));
            assertThatThrownBy(() -> wishes.change(Map.of("scrubEvery", "soon")))
                    .isInstanceOfSatisfying(
                            Failure.class,
                            it -> assertThat(it.code()).isEqualTo(Code.BAD_ARGUMENT));
        }

        try (Catalog catalog = open()) {
            VaultWishes wishes = new VaultWishes(new VaultSettingTable(catalog));
            assertThat(wishes.scrubEvery()).contains(Duration.ofDays(14));
            assertThat(wishes.scrubBytesPerSecond()).isEqualTo(5 << 20);
            wishes.change(Map.of("scrubEvery", "off"));
            assertThat(wishes.scrubEvery()).isEmpty();
        }
    }

    private Catalog open() {
        return Catalog.open(folder.resolve("catalog.db"));
    }

    private static void add(Catalog catalog, ServerRow row) {
        catalog.write(handle -> {
            new ServerTable(catalog).add(handle, row);
            return row;
        });
    }

    private static ServerRow server(String name, int port) {
        return new ServerRow(
                new ServerId(UUID.randomUUID()),
                "default",
                name,
                PostgresVersion.parse("15.18"),
                port,
                Wanted.RUNNING,
                Map.of("retention", "7d"),
                MADE,
                Optional.empty());
    }

    private static Job job() {
        return Job.pending(
                new JobId(UUID.randomUUID()),
                new Job.Order(
                        JobKind.RESTORE,
                        new ServerId(UUID.randomUUID()),
                        "default",
                        "pg1",
                        "pg1",
                        "{\"source\":\"x\"}",
                        Optional.of("{\"targetLsn\":\"0/1\"}"),
                        List.of("a note")),
                MADE);
    }
}
