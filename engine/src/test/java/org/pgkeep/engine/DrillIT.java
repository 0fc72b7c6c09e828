package org.pgkeep.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgkeep.engine.drill.Drill;
import org.pgkeep.engine.drill.DrillOutcome;
import org.pgkeep.engine.drill.DrillQuestion;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.testkit.PostgresBinaries;

/** Drills find what is wrong with a restored copy, and leave nothing behind. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DrillIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final String COUNT = "SELECT count(*) = 1000 FROM numbers";

    static List<PostgresBinaries> versions() {
        return PostgresBinaries.rotating();
    }

    @ParameterizedTest
    @MethodSource("versions")
    void restoresAsksAndThrowsAway(PostgresBinaries binaries) throws Exception {
        try (World world = new World(binaries)) {
            World.Kept origin = world.create(Map.of());
            world.snapshot(origin, "first");
            World.sql(
                    origin,
                    "postgres",
                    "CREATE TABLE numbers AS SELECT i FROM generate_series(1, 1000) AS i");
            World.sql(origin, "postgres", "CREATE INDEX ON numbers (i)");
            World.sql(origin, "postgres", "CREATE DATABASE \"an other\"");
            World.sql(origin, "an other", "CREATE TABLE \"Odd \"\" name\" (a text)");
            ServerPlace place = world.newPlace();

            DrillOutcome outcome =
                    drill(world, origin, place, List.of(new DrillQuestion("postgres", COUNT)));

            assertThat(outcome.checks()).allMatch(check -> check.good());
            assertThat(outcome.checks())
                    .extracting(check -> check.name())
                    .contains(
                            "last commit is there",
                            "content of postgres sound",
                            "content of an other sound",
                            "question answered with true");
            assertThat(outcome.restored().ready()).isGreaterThan(outcome.restored().restore());
            assertThat(Files.exists(place.root())).isFalse();
            assertThat(place.instance().isRunning()).isFalse();

            assertThatThrownBy(() ->
                            drill(
                                    world,
                                    origin,
                                    place,
                                    List.of(
                                            new DrillQuestion(
                                                    "postgres",
                                                    "SELECT count(*) = 1001 FROM numbers"))))
                    .isInstanceOfSatisfying(
                            Failure.class,
                            failure -> {
                                assertThat(failure.code()).isEqualTo(Code.WRONG_ANSWER);
                                assertThat(failure.message()).endsWith("the answer is f");
                            });
            assertThat(Files.exists(place.root())).isFalse();
        }
    }

    /**
     * An index that lacks rows of its table is what a wrong collation, a broken disk or a defect of
     * PostgreSQL leave, and what no checksum finds. Debian's package of PostgreSQL brings amcheck.
     */
    @Test
    void findsAnIndexThatDoesNotFitItsTable() throws Exception {
        PostgresBinaries binaries =
                PostgresBinaries.rotating().stream()
                        .filter(each -> each.version().startsWith("15."))
                        .findFirst()
                        .orElseThrow();
        try (World world = new World(binaries)) {
            World.Kept origin = world.create(Map.of());
            world.snapshot(origin, "first");
            World.sql(
                    origin,
                    "postgres",
                    "CREATE FUNCTION key(i int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT i';"
                            + " CREATE TABLE numbers AS SELECT i FROM generate_series(1, 1000) AS i;"
                            + " CREATE INDEX odd ON numbers (key(i));"
                            + " CREATE OR REPLACE FUNCTION key(i int) RETURNS int IMMUTABLE"
                            + " LANGUAGE sql AS 'SELECT i + 1'");
            ServerPlace place = world.newPlace();
            boolean hasAmcheck =
                    !World.sql(
                                    origin,
                                    "postgres",
                                    "SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'")
                            .isEmpty();
            if (hasAmcheck) {
                assertThatThrownBy(() -> drill(world, origin, place, List.of()))
                        .isInstanceOfSatisfying(
                                Failure.class,
                                failure -> {
                                    assertThat(failure.code()).isEqualTo(Code.DAMAGED_DATA);
                                    assertThat(failure.message()).contains("odd", "postgres");
                                });
            } else {
                // it says itself that it did not look
                assertThat(drill(world, origin, place, List.of()).checks())
                        .anyMatch(check -> check.detail().contains("amcheck is not installed"));
            }
            assertThat(Files.exists(place.root())).isFalse();
        }
    }

    private static DrillOutcome drill(
            World world, World.Kept origin, ServerPlace place, List<DrillQuestion> questions) {
        assertThat(origin.capture().awaitHeldThrough(Instant.now(), PATIENCE)).isTrue();
        return new Drill(world.vault(), InstantSource.system())
                .run(
                        world.plan(origin, new RestoreTarget.Latest()),
                        place,
                        questions,
                        ProgressListener.NONE);
    }
}
