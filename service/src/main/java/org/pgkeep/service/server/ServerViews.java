package org.pgkeep.service.server;

import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.RestorableRange;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.restore.Holes;
import org.pgkeep.engine.restore.Ranges;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.catalog.JobTable;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.document.CaptureView;
import org.pgkeep.service.document.HoleView;
import org.pgkeep.service.document.RangeView;
import org.pgkeep.service.document.ServerView;
import org.pgkeep.vault.Vault;

/** Tells people how servers are: the catalog's wish, the machine's truth, the vault's ranges. */
public final class ServerViews {
    private final Vault vault;
    private final Places places;
    private final Watches watches;
    private final JobTable jobs;

    public ServerViews(Vault vault, Places places, Watches watches, JobTable jobs) {
        this.vault = vault;
        this.places = places;
        this.watches = watches;
        this.jobs = jobs;
    }

    private record State(String name, String reason) {}

    /** One server as a document. */
    public ServerView of(ServerRow row) {
        Optional<Health> health = watches.find(row.id()).map(ServerWatch::health);
        State state = state(row, health);
        String reason = state.reason();
        List<RangeView> ranges = List.of();
        List<HoleView> holes = List.of();
        try {
            holes =
                    Holes.list(new ServerArchive(vault, row.id())).stream()
                            .map(HoleView::of)
                            .toList();
            ranges =
                    ranges(row.id(), health.flatMap(Health::heldThrough)).stream()
                            .map(RangeView::of)
                            .toList();
        } catch (Failure failure) {
            reason = (reason.isEmpty() ? "" : reason + "; ") + "its archive: " + failure.message();
        }
        LocalSocket socket = places.socket(row.port());
        return new ServerView(
                row.id().toString(),
                row.name(),
                row.namespace(),
                state.name(),
                reason,
                row.version().text(),
                "127.0.0.1",
                row.port(),
                connectionString(socket),
                places.root(row.id()).resolve("data").toString(),
                false,
                row.settings().getOrDefault("retention", "7d"),
                row.settings().getOrDefault("redundancy", "local"),
                List.of(1),
                ranges.stream().map(RangeView::fromTime).min(Comparator.naturalOrder()),
                ranges.isEmpty() ? Optional.empty() : Optional.of(ranges.getLast().toTime()),
                health.flatMap(Health::figures)
                        .flatMap(figures -> figures.atRisk())
                        .map(Duration::toMillis)
                        .map(millis -> millis / 1000.0),
                health.flatMap(Health::figures).map(figures -> figures.atRiskBytes()),
                ranges,
                holes,
                watches.find(row.id())
                        .flatMap(ServerWatch::capture)
                        .map(capture -> CaptureView.of(capture.state(), capture.figures())),
                row.createdAt(),
                row.deletedAt(),
                row.settings());
    }

    /** The stretches in which every moment of a server can be restored, the newest way's last. */
    public List<RestorableRange> ranges(ServerId id, Optional<Instant> heldThrough) {
        return new Ranges(new ServerArchive(vault, id), heldThrough).list();
    }

    /** Those of the way the server went last: what a time alone leads to. */
    public List<RestorableRange> rangesOfNewest(ServerId id, Optional<Instant> heldThrough) {
        return new Ranges(new ServerArchive(vault, id), heldThrough).ofNewest();
    }

    private State state(ServerRow row, Optional<Health> health) {
        return switch (row.wanted()) {
            case MADE ->
                    unfinished(row.id(), JobKind.RESTORE).isPresent()
                            ? new State("Restoring", "")
                            : new State("Pending", "");
            case STOPPED -> new State("Stopped", "");
            case DELETED -> new State("Deleted", "its archive can be restored by its id");
            case RUNNING -> {
                if (unfinished(row.id(), JobKind.OVERWRITE).isPresent()) {
                    yield new State("Restoring", "another state takes its place");
                }
                if (unfinished(row.id(), JobKind.DELETE).isPresent()) {
                    yield new State("Stopped", "it is being deleted");
                }
                yield running(row, health);
            }
        };
    }

    private State running(ServerRow row, Optional<Health> health) {
        if (health.isEmpty()) {
            return new State("Failed", whyUnwatched(row));
        }
        if (health.get().running()) {
            return new State("Running", health.get().trouble());
        }
        return health.get().trouble().isEmpty()
                ? new State("Pending", "it is being started")
                : new State("Failed", health.get().trouble());
    }

    private String whyUnwatched(ServerRow row) {
        if (!Files.isDirectory(places.root(row.id()))) {
            return "its data directory is not on this machine; restore it under another name by its"
                    + " id";
        }
        try {
            places.of(row);
            return "it is not watched; look at service.log in the home";
        } catch (Failure failure) {
            return failure.message();
        }
    }

    private Optional<Job> unfinished(ServerId id, JobKind kind) {
        return jobs.of(id).stream()
                .filter(job -> job.kind() == kind && !job.state().isFinal())
                .findFirst();
    }

    /** In libpq's own words, over the Unix socket: works even while the firewall is closed. */
    private static String connectionString(LocalSocket socket) {
        String folder = socket.directory().toString();
        String host =
                folder.matches("[A-Za-z0-9/._-]+")
                        ? folder
                        : "'" + folder.replace("\\", "\\\\").replace("'", "\\'") + "'";
        return "host="
                + host
                + " port="
                + socket.port()
                + " user="
                + ServerPlace.SUPERUSER
                + " dbname=postgres";
    }
}
