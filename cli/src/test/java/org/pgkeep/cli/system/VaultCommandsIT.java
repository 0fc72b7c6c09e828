package org.pgkeep.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.testkit.PostgresBinaries;

/** The vault's commands as somebody types them, on a service that runs. */
class VaultCommandsIT {
    @Test
    void tiersAreFilledSweptCountedAndRestoredFromEachByItself() throws Exception {
        try (Station station = Station.open()) {
            station.type("vault", "init").good();
            Path first = station.home().resolve("vault");
            Path far = station.home().resolve("far");
            station.create("pg1", PostgresBinaries.newest());
            station.sql("pg1", "create table t as select 1 as n");
            station.ask("backup", "take", "-n", "pg1", "-bn", "one", "--wait");
            station.sql(
                    "pg1",
                    "create table big as select n, md5(n::text) from generate_series(1, 20000) n");
            station.ask("backup", "take", "-n", "pg1", "-bn", "two", "--wait");
            Json tiers =
                    station.ask(
                            "vault",
                            "tier",
                            "add",
                            "--place",
                            far.toString(),
                            "--tier-name",
                            "far",
                            "--retention-max",
                            "70d",
                            "--weekly",
                            "3",
                            "--price",
                            "0.5");
            assertThat(tiers.items()).hasSize(2);
            await(
                    "copied",
                    () ->
                            tiersOf(station, "one").equals("[1,2]")
                                    && tiersOf(station, "two").equals("[1,2]"));
            assertThat(station.type("vault", "tier", "list").good().out()).contains("far");
            assertThat(station.ask("vault", "show").at("tiers").items()).hasSize(2);

            // every byte of both places is somebody's
            sumsAreThoseOfAListing(station, List.of(first, far));
            assertThat(station.type("vault", "usage").good().out()).contains("pg1", "(vault)");

            // a pin holds in each tier
            station.type("backup", "pin", "-n", "pg1", "-bn", "two", "--why", "audit").good();
            station.type("backup", "delete", "-n", "pg1", "-bn", "two")
                    .refused("is pinned", "unpin");
            station.type("backup", "unpin", "-n", "pg1", "-bn", "two").good();

            // gone from tier 1, there in tier 2: seen, and restored from it
            station.type("backup", "delete", "-n", "pg1", "-bn", "one", "--tier", "3")
                    .refused("there is no tier \"3\"", "vault tier list");
            station.type("backup", "delete", "-n", "pg1", "-bn", "one", "--tier", "1").good();
            assertThat(tiersOf(station, "one")).isEqualTo("[2]");
            sweepsFreeWhatTheDryRunSaid(station, "1", first);
            assertThat(tiersOf(station, "one")).isEqualTo("[2]");
            assertThat(tiersOf(station, "two")).isEqualTo("[1,2]");
            station.type(
                            "server", "restore", "-n", "x", "-f", "pg1", "-bn", "one", "--tier",
                            "1", "--plan")
                    .refused("has no backup \"one\"", "backup list");
            station.restore("r1", "pg1", "-bn", "one");
            assertThat(station.value("r1", "select n from t")).isEqualTo("1");
            assertThat(
                            station.ask("backup", "verify", "-n", "pg1", "-bn", "one", "--wait")
                                    .at("dataBytes")
                                    .asNumber()
                                    .orElse(0L))
                    .isPositive();
            station.restore("r2", "pg1", "-bn", "two", "--tier", "2");
            assertThat(station.value("r2", "select count(*) from big")).isEqualTo("20000");

            // gone from all
            station.type("backup", "delete", "-n", "pg1", "-bn", "one").good();
            assertThat(station.ask("backup", "list", "-n", "pg1").line()).doesNotContain("\"one\"");
            sweepsFreeWhatTheDryRunSaid(station, "2", far);
            assertThat(station.ask("vault", "scrub", "--wait").at("unrepairable").items())
                    .isEmpty();
            sumsAreThoseOfAListing(station, List.of(first, far));

            // all of a server, everywhere
            String id = station.server("r2").at("id").shown();
            station.ask("server", "delete", "-n", "r2", "--wait");
            station.type("server", "purge", "-n", "r2").refused("gone for ever", "--confirm");
            station.ask("server", "purge", "-n", "r2", "--confirm", "r2", "--wait");
            assertThat(first.resolve("archives").resolve(id))
                    .satisfies(VaultCommandsIT::holdsNothing);
            assertThat(far.resolve("archives").resolve(id))
                    .satisfies(VaultCommandsIT::holdsNothing);
            assertThat(station.ask("vault", "usage").line()).doesNotContain(id);
            station.type("server", "show", "-n", id).refused(id, "server list");

            Json done = station.ask("vault", "sweep", "--wait");
            assertThat(done.at("tiers").items()).hasSize(2);
            String ended = station.api("/jobs").items().getFirst().at("id").shown();
            station.type("job", "cancel", ended).refused("has ended already", "job show");

            // one that would take hours is canceled
            station.type("vault", "settings", "--scrub-rate", "fast").refused("fast", "100MB");
            station.type("vault", "settings", "--scrub-every", "off", "--scrub-rate", "1KB").good();
            String slow = station.ask("vault", "scrub").at("id").shown();
            station.awaitJob(slow, "running", job -> job.at("state").shown().equals("Running"));
            station.type("job", "cancel", slow).good();
            station.awaitJob(slow, "canceled", job -> job.at("state").shown().equals("Canceled"));

            // the first tier is lost: the other one takes its place
            station.type("down", "--stop-servers").good();
            Files.move(first, station.home().resolve("lost"), StandardCopyOption.ATOMIC_MOVE);
            station.type("up", "--detach").refused("there is no vault", "tier promote");
            station.type("vault", "tier", "promote", "2").good();
            station.restore("r3", "pg1", "-bn", "two");
            assertThat(station.value("r3", "select count(*) from big")).isEqualTo("20000");
        }
    }

    @Test
    void fromTheOneLocationThatIsLeftARunningServiceStillRestores() throws Exception {
        try (Station station = Station.open()) {
            List<Path> zone = Stream.of("a", "b", "c").map(station.home()::resolve).toList();
            station.type(
                            "vault",
                            "init",
                            "--vault",
                            zone.get(0).toString(),
                            "--vault",
                            zone.get(1).toString(),
                            "--vault",
                            zone.get(2).toString())
                    .good();
            station.create("pg1", PostgresBinaries.newest());
            station.sql("pg1", "create table t as select 11 as n", "select pg_switch_wal()");
            station.ask("backup", "take", "-n", "pg1", "-bn", "kept", "--wait");
            await("in line", () -> state(station).equals("Good"));
            for (int i : List.of(0, 2)) {
                Files.move(
                        zone.get(i),
                        station.home().resolve("aside" + i),
                        StandardCopyOption.ATOMIC_MOVE);
            }
            assertThat(tiersOf(station, "kept")).isEqualTo("[1]");
            station.restore("copy", "pg1", "-bn", "kept");
            assertThat(station.value("copy", "select n from t")).isEqualTo("11");
            Ended refused = station.type("backup", "take", "-n", "pg1", "-bn", "no", "--wait");
            assertThat(refused.code()).as("%s", refused).isEqualTo(1);
            assertThat(refused.err())
                    .contains("of the three locations", "bring the locations back");
            for (int i : List.of(0, 2)) {
                Files.move(
                        station.home().resolve("aside" + i),
                        zone.get(i),
                        StandardCopyOption.ATOMIC_MOVE);
            }
            await("healed", () -> state(station).equals("Good"));
            // and its own archive begins
            station.ask("backup", "take", "-n", "copy", "-bn", "own", "--wait");
            station.restore("again", "copy", "-bn", "own");
            assertThat(station.value("again", "select n from t")).isEqualTo("11");
        }
    }

    private static String state(Station station) {
        return station.api("/vault").at("tiers").items().getFirst().at("state").shown();
    }

    private static String tiersOf(Station station, String backup) {
        return station.api("/servers/pg1/backups").items().stream()
                .filter(each -> each.at("name").shown().equals(backup))
                .map(each -> each.at("tiers").line())
                .findFirst()
                .orElse("");
    }

    /** Two sweeps: the first one looks, the second one frees, as the dry run in between said. */
    private static void sweepsFreeWhatTheDryRunSaid(Station station, String tier, Path place)
            throws IOException {
        String[] sweep = {"vault", "sweep", "--tier", tier, "--grace-minutes", "0"};
        station.ask(with(sweep, "--wait"));
        Json said = station.ask(with(sweep, "--dry-run"));
        long packs = bytes(place.resolve("packs"));
        Json did = station.ask(with(sweep, "--wait"));
        assertThat(freed(said)).isPositive();
        assertThat(freed(did)).isEqualTo(freed(said));
        long freedPacks =
                did.at("tiers").items().getFirst().at("freed").items().stream()
                        .filter(line -> line.at("kind").shown().equals("pack"))
                        .mapToLong(line -> line.at("bytes").asNumber().orElse(0L))
                        .sum();
        assertThat(packs - bytes(place.resolve("packs"))).isEqualTo(freedPacks).isPositive();
        assertThat(did.at("tiers").items()).hasSize(1);
    }

    private static String[] with(String[] words, String word) {
        return Stream.concat(Stream.of(words), Stream.of(word)).toArray(String[]::new);
    }

    private static long freed(Json sweep) {
        return sweep.at("freedBytes").asNumber().orElseThrow();
    }

    /** WAL comes at any time: what is counted has to stand between two listings that agree. */
    private static void sumsAreThoseOfAListing(Station station, List<Path> places) {
        await(
                "the sums of usage are those of a listing",
                () -> {
                    List<Long> before = places.stream().map(VaultCommandsIT::bytes).toList();
                    List<Json> rows = station.api("/vault/usage").items();
                    List<Long> sums =
                            Stream.iterate(1, tier -> tier + 1)
                                    .limit(places.size())
                                    .map(tier ->
                                            rows.stream()
                                                    .filter(row ->
                                                            row.at("tier")
                                                                    .shown()
                                                                    .equals(tier.toString()))
                                                    .mapToLong(row ->
                                                            row.at("totalBytes")
                                                                    .asNumber()
                                                                    .orElseThrow())
                                                    .sum())
                                    .toList();
                    return sums.equals(before);
                });
    }

    private static long bytes(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            long sum = 0;
            for (Path file : (Iterable<Path>) files::iterator) {
                boolean object =
                        Files.isRegularFile(file) && !file.getFileName().toString().startsWith(".");
                sum += object ? Files.size(file) : 0;
            }
            return sum;
        } catch (IOException | UncheckedIOException vanished) {
            return -1;
        }
    }

    private static void holdsNothing(Path folder) {
        if (Files.exists(folder)) {
            assertThat(bytes(folder)).isZero();
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        Processes.await(what, Station.PATIENCE, condition);
    }
}
