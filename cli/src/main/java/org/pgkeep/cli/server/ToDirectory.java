package org.pgkeep.cli.server;

import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.direct.DirectVault;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.RestoreTargetOptions;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceFile;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The files only: what of {@code server restore} works without a service. */
final class ToDirectory {
    private enum Wal {
        fetch,
        copy
    }

    @Option(
            names = "--to-directory",
            paramLabel = "DIR",
            description =
                    "Only make this data directory, for a PostgreSQL of your own. It has to be"
                            + " empty, or not there; its owner is who is to run PostgreSQL.")
    private @Nullable Path directory;

    @Option(
            names = "--tablespace-mapping",
            paramLabel = "OLD=NEW",
            description =
                    "With --to-directory: put the tablespace in the folder OLD into NEW; once for"
                            + " each of them. Those that are not named go where they were.")
    private Map<Path, Path> tablespaces = new LinkedHashMap<>();

    @Option(
            names = "--wal",
            paramLabel = "fetch|copy",
            description =
                    "With --to-directory: fetch the WAL when it is needed, by restore_command, or"
                            + " copy it into pg_wal now (default: fetch, where whoever runs"
                            + " PostgreSQL may read vault and key).")
    private @Nullable Wal wal;

    @Mixin private final DirectVault vault = new DirectVault();

    boolean isWanted() {
        return directory != null;
    }

    /** Refuses options that mean something for a directory alone. */
    void refuseAlone() {
        if (!tablespaces.isEmpty() || wal != null || vault.isWanted()) {
            String option =
                    wal != null
                            ? "--wal"
                            : tablespaces.isEmpty() ? "--vault" : "--tablespace-mapping";
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    option + " is for a restore into a directory",
                    "leave it out, or add --to-directory DIR");
        }
    }

    void restore(
            Face face,
            String source,
            String namespace,
            RestoreTargetOptions target,
            boolean planOnly) {
        Path into = Optional.ofNullable(directory).orElseThrow().toAbsolutePath().normalize();
        Map<Path, Path> places = new LinkedHashMap<>();
        tablespaces.forEach((old, place) -> {
            if (!old.isAbsolute()) {
                throw new Failure(
                        Code.BAD_ARGUMENT,
                        "\"" + old + "\" is no place a tablespace can have been in",
                        "write --tablespace-mapping /OLD=/NEW");
            }
            places.put(old, place.toAbsolutePath().normalize());
        });
        DirectVault.Planned planned =
                vault.plan(
                        face.home(),
                        face.terminal().environment(),
                        new DirectVault.Order(
                                source,
                                namespace,
                                target.target(),
                                face.terminal().zone(),
                                heldThrough(face, source, namespace, target),
                                into,
                                places,
                                wal == null ? "either" : wal.name()));
        Json plan = planned.plan();
        String understood = RestoreText.directory(plan, target.asAsked(), face.terminal());
        if (planOnly) {
            face.result(plan, () -> understood);
            return;
        }
        face.terminal().err().print(understood);
        face.terminal().err().flush();
        planned.run(face::say);
        face.result(plan, () -> RestoreText.next(plan));
    }

    /**
     * Only the service knows that nothing is missing of an idle server: where it runs, it is asked
     * first, and brings what is newest into the vault.
     */
    private Optional<Instant> heldThrough(
            Face face, String source, String namespace, RestoreTargetOptions target) {
        if (vault.isWanted() || ServiceFile.find(face.home()).isEmpty()) {
            return Optional.empty();
        }
        Map<String, Json> body = new LinkedHashMap<>();
        body.put("name", Json.text("directory"));
        body.put("namespace", Json.text(namespace));
        body.put("source", Json.text(source));
        body.put("target", target.target());
        body.put("timeZone", Json.text(face.terminal().zone().getId()));
        Json plan;
        try {
            plan = face.service().post("/restores/plan", Json.object(body));
        } catch (Failure away) {
            if (away.code() != Code.NO_SERVICE) {
                throw away;
            }
            return Optional.empty();
        }
        return plan.at("targetTime").asText().map(Instant::parse);
    }
}
