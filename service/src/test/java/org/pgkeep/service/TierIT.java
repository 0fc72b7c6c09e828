package org.pgkeep.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgkeep.service.home.VaultWish;
import org.pgkeep.testkit.PostgresBinaries;
import tools.jackson.databind.JsonNode;

/** A vault in several places, under a real server. */
class TierIT {
    private final PostgresBinaries binaries = PostgresBinaries.newest();

    @Test
    void aZoneOutlivesTheLossOfTwoLocationsAndHealsWhatIsDamaged() throws Exception {
        try (TestHome home = new TestHome().binaries(binaries.bin())) {
            Path places = home.folder().resolve("places");
            List<Path> zone = Stream.of("a", "b", "c").map(places::resolve).toList();
            home.start(
                    new VaultWish(
                            zone.stream().map(Path::toString).toList(),
                            Optional.of("zone"),
                            Optional.empty()));
            JsonNode origin = ServiceIT.create(home, "pg1", binaries);
            ServiceIT.sql(origin, "CREATE TABLE t AS SELECT n FROM generate_series(1, 1000) n");

            // one is away for a while, under load
            Path aside = home.folder().resolve("aside");
            Files.move(zone.get(1), aside);
            ServiceIT.sql(origin, "INSERT INTO t SELECT 5 FROM generate_series(1, 5000)");
            home.done(home.post("/servers/pg1/backups", "{'name':'away'}"));
            await("degraded", () -> location(home, 2).path("state").asString().equals("Away"));
            assertThat(tier(home, 0).path("state").asString()).isEqualTo("Degraded");
            Files.move(aside, zone.get(1));
            await("healed", () -> tier(home, 0).path("state").asString().equals("Good"));

            // a damaged copy is repaired by a scrub, which names it
            Path pack = firstPack(zone.get(0));
            byte[] good = Files.readAllBytes(pack);
            byte[] bad = good.clone();
            bad[bad.length / 2] ^= 1;
            Files.write(pack, bad);
            JsonNode scrubbed = home.done(home.post("/vault/scrubs", "{}"));
            assertThat(scrubbed.path("repaired").toString())
                    .contains(pack.getFileName().toString());
            assertThat(Files.readAllBytes(pack)).isEqualTo(good);
            assertThat(Files.readString(home.path().resolve("service.log")))
                    .contains(pack.getFileName().toString());

            // two are lost for good: the one that had been away is enough
            Instant then = Instant.now();
            // the WAL alone proves it: checkpoints tell the time in seconds
            ServiceIT.sql(origin, "SELECT pg_sleep(1.1)");
            ServiceIT.sql(origin, "SELECT pg_switch_wal()");
            home.done(home.post("/servers/pg1/backups", "{'name':'last'}"));
            await("in line", () -> tier(home, 0).path("state").asString().equals("Good"));
            home.post("/shutdown?servers=stop", "").ok();
            home.stop();
            remove(zone.get(0));
            remove(zone.get(2));
            try (TestHome other = new TestHome().binaries(binaries.bin())) {
                Files.createDirectories(other.path());
                Files.copy(home.path().resolve("vault.key"), other.path().resolve("vault.key"));
                other.start(
                        new VaultWish(
                                List.of(zone.get(1).toString()),
                                Optional.of("local"),
                                Optional.empty()));
                other.done(
                        other.post(
                                "/restores",
                                "{'name':'copy','source':'"
                                        + origin.path("id").asString()
                                        + "','target':{'time':'"
                                        + then
                                        + "'}}"));
                assertThat(
                                ServiceIT.number(
                                        ServiceIT.server(other, "copy"), "SELECT count(*) FROM t"))
                        .isEqualTo("6000");
            }
        }
    }

    @Test
    void aTierThatWasAddedLaterTakesTheLostOnesPlace() throws Exception {
        try (TestHome home = new TestHome().binaries(binaries.bin())) {
            home.start();
            JsonNode origin = ServiceIT.create(home, "pg1", binaries);
            ServiceIT.sql(origin, "CREATE TABLE t AS SELECT n FROM generate_series(1, 700) n");
            home.done(home.post("/servers/pg1/backups", "{'name':'test'}"));
            Path far = home.folder().resolve("far");
            home.post(
                            "/vault/tiers",
                            "{'name':'far','places':['" + far + "'],'retentionMax':'70d'}")
                    .ok();
            await(
                    "copied",
                    () ->
                            ServiceIT.list(home.get("/servers/pg1/backups").ok()).stream()
                                    .allMatch(
                                            each -> each.path("tiers").toString().equals("[1,2]")));
            Instant compared =
                    Instant.parse(home.get("/vault").ok().at("/tiers/1/completeAt").asString());
            assertThat(compared).isNotNull();
            home.post("/shutdown?servers=stop", "").ok();
            home.stop();

            remove(home.path().resolve("vault"));
            home.start(new VaultWish(List.of(), Optional.empty(), Optional.of(2)));
            JsonNode vault = home.get("/vault").ok();
            assertThat(vault.path("path").asString()).isEqualTo(far.toString());
            assertThat(vault.path("tiers").size()).isEqualTo(1);
            home.done(
                    home.post(
                            "/restores",
                            "{'name':'copy','source':'pg1','target':{'backup':'test'}}"));
            assertThat(ServiceIT.number(ServiceIT.server(home, "copy"), "SELECT count(*) FROM t"))
                    .isEqualTo("700");
            // and the next start finds it by itself
            home.stop();
            home.start();
            assertThat(home.get("/vault").ok().path("path").asString()).isEqualTo(far.toString());
        }
    }

    private static JsonNode tier(TestHome home, int index) {
        return home.get("/vault").ok().path("tiers").path(index);
    }

    private static JsonNode location(TestHome home, int number) {
        return tier(home, 0).path("locations").path(number - 1);
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + TestHome.PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("never " + what);
            }
            TestHome.pause();
        }
    }

    private static Path firstPack(Path place) throws IOException {
        try (Stream<Path> all = Files.walk(place.resolve("packs"))) {
            return all.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }

    private static void remove(Path folder) throws IOException {
        // away at once, as a disk is: nobody may see it half empty
        Path gone = folder.resolveSibling(folder.getFileName() + ".gone");
        Files.move(folder, gone, StandardCopyOption.ATOMIC_MOVE);
    }
}
