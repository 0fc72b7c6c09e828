package org.pgkeep.service.drill;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.Sessions;
import org.pgkeep.engine.drill.DrillQuestion;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.catalog.Wanted;
import org.pgkeep.service.job.Rounds;
import org.pgkeep.service.moment.MomentParser;
import org.pgkeep.service.request.ServerSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for drills by itself, where a server's settings say how often. One that was missed is caught
 * up; the first one comes an interval after the server was made.
 */
public final class DrillSchedule implements AutoCloseable {
    private static final String OFF = "off";

    private static final Duration LOOK_EVERY = Duration.ofMinutes(5);

    private static final Logger LOG = LoggerFactory.getLogger(DrillSchedule.class);

    private final ServerTable servers;
    private final DrillRequests drills;
    private final InstantSource clock;
    private final Rounds rounds;

    /** A schedule that does not look yet. */
    public DrillSchedule(ServerTable servers, DrillRequests drills, InstantSource clock) {
        this.servers = servers;
        this.drills = drills;
        this.clock = clock;
        this.rounds = new Rounds("drill schedule", LOOK_EVERY, false, this::look);
    }

    /** Begins to look. */
    public void start() {
        rounds.start();
    }

    private void look() {
        servers.all().stream()
                .filter(row -> row.wanted() == Wanted.RUNNING)
                // all jobs are looked through for each server, so for those alone that want drills
                .filter(row -> row.settings().containsKey(ServerSettings.DRILL_INTERVAL))
                .filter(row -> isDue(row, drills.newest(row), clock.instant()))
                .forEach(this::order);
    }

    private void order(ServerRow row) {
        try {
            Job _ =
                    drills.start(
                            row.id().toString(),
                            row.namespace(),
                            Optional.empty(),
                            ZoneOffset.UTC,
                            questions(row));
        } catch (Failure failure) {
            LOG.warn("no drill of {}: {}", row.title(), failure.message());
        } catch (RuntimeException defect) {
            LOG.error("no drill of {}", row.title(), defect);
        }
    }

    /** What the copies of a server are asked when nobody stands by. */
    static List<DrillQuestion> questions(ServerRow row) {
        return Optional.ofNullable(row.settings().get(ServerSettings.DRILL_QUESTION))
                .map(sql ->
                        new DrillQuestion(
                                row.settings()
                                        .getOrDefault(
                                                ServerSettings.DRILL_DATABASE,
                                                Sessions.USUAL_DATABASE),
                                sql))
                .map(List::of)
                .orElse(List.of());
    }

    /** Whether a server's newest drill, or else the server's birth, is an interval ago. */
    static boolean isDue(ServerRow row, Optional<Job> newest, Instant now) {
        String interval = row.settings().getOrDefault(ServerSettings.DRILL_INTERVAL, OFF);
        if (interval.equals(OFF) || newest.filter(job -> !job.state().isFinal()).isPresent()) {
            return false;
        }
        Instant last = newest.map(Job::createdAt).orElse(row.createdAt());
        // a span counts back from now
        return !last.isAfter(MomentParser.parse(interval, now, ZoneOffset.UTC));
    }

    /** Ends the looking. */
    @Override
    public void close() {
        rounds.close();
    }
}
