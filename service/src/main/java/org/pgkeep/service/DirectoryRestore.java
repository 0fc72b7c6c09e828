package org.pgkeep.service;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.pgkeep.engine.RestoreTarget;
import org.pgkeep.engine.ServerDocument;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.restore.DirectoryRestorer;
import org.pgkeep.engine.restore.OwnDirectory;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.engine.restore.RestorePlanner;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.WalSegment;
import org.pgkeep.postgres.instance.OperatingSystemUser;
import org.pgkeep.service.document.Json;
import org.pgkeep.service.document.PlanView;
import org.pgkeep.service.request.Wishes;
import org.pgkeep.service.rest.TargetBody;
import org.pgkeep.vault.Vault;
import tools.jackson.databind.node.ObjectNode;

/**
 * A restore into a plain directory, for people who run their own PostgreSQL: works with vault and
 * key alone, and no service.
 */
public final class DirectoryRestore {
    private static final int TRIAL_SECONDS_MAX = 60;

    private static final List<String> RESET =
            List.of(
                    "configuration: what recovery needs; the origin's files are beside it, as"
                            + " *.origin",
                    "firewall: nobody gets in over TCP until pg_hba.conf says so",
                    "replication: no slots, no standbys, no subscriptions, no archive_command");

    private static final List<String> KEPT =
            List.of("PostgreSQL major version", "all databases, roles and passwords");

    /** How recovery gets its WAL. */
    public enum WalWay {
        /** By restore_command where that works, else by copies. */
        EITHER,
        /** By restore_command. */
        FETCH,
        /** It is put into pg_wal. */
        COPY
    }

    /**
     * What is to be made.
     *
     * @param vault what it comes from
     * @param source the name or id of the server whose past it is
     * @param namespace the namespace of the name
     * @param target where it ends, as the REST API takes it
     * @param zone the user's zone
     * @param heldThrough up to which moment a running service knows everything to be held
     * @param directory the data directory
     * @param tablespaces new places of tablespaces, by their old ones
     * @param wal how recovery gets its WAL
     */
    public record Order(
            VaultReading.Source vault,
            String source,
            String namespace,
            String target,
            ZoneId zone,
            Optional<Instant> heldThrough,
            Path directory,
            Map<Path, Path> tablespaces,
            WalWay wal) {
        public Order {
            tablespaces = Map.copyOf(tablespaces);
        }
    }

    private final Vault vault;
    private final RestorePlan plan;
    private final DirectoryRestorer.Checked checked;
    private final ObjectNode document;

    private DirectoryRestore(
            Vault vault, RestorePlan plan, DirectoryRestorer.Checked checked, ObjectNode document) {
        this.vault = vault;
        this.plan = plan;
        this.checked = checked;
        this.document = document;
    }

    /**
     * Plans it and checks that it can be done; changes nothing.
     *
     * @throws Failure as the planner and {@link DirectoryRestorer#check}; NOT_ALLOWED where the WAL
     *     is to be fetched and can't be
     */
    public static DirectoryRestore of(Order order) {
        Vault vault = order.vault().open();
        ServerArchive archive = VaultReading.archive(vault, order.source(), order.namespace());
        ServerDocument source = archive.document().orElseThrow();
        Clock clock = Clock.systemUTC();
        RestoreTarget target =
                Wishes.target(
                        source.id(),
                        source.name(),
                        TargetBody.read(order.target()),
                        order.zone(),
                        clock.instant(),
                        vault);
        RestorePlan plan =
                new RestorePlanner(vault, clock).plan(source.id(), target, order.heldThrough());
        DirectoryRestorer restorer = new DirectoryRestorer(vault, clock);
        Optional<String> command =
                order.wal() == WalWay.COPY ? Optional.empty() : command(order, plan);
        DirectoryRestorer.Checked checked =
                restorer.check(
                        plan, new OwnDirectory(order.directory(), order.tablespaces(), command));
        String why = order.wal() == WalWay.COPY ? "as you say" : "";
        if (why.isEmpty()) {
            why =
                    checked.wanted().restoreCommand().isPresent()
                            ? obstacle(checked, plan)
                            : command.isPresent()
                                    ? "tablespaces are made in it, whose places have to be changed"
                                    : "this vault's key is not in a file";
        }
        if (!why.isEmpty()) {
            if (order.wal() == WalWay.FETCH) {
                throw new Failure(
                        Code.NOT_ALLOWED,
                        "recovery could not fetch its WAL: " + why,
                        "let "
                                + checked.owner()
                                + " read vault and key (--vault, --key-file), or say --wal copy");
            }
            checked =
                    restorer.check(
                            plan,
                            new OwnDirectory(
                                    order.directory(), order.tablespaces(), Optional.empty()));
        }
        return new DirectoryRestore(
                vault, plan, checked, document(plan, checked, order.zone(), why));
    }

    private static ObjectNode document(
            RestorePlan plan, DirectoryRestorer.Checked checked, ZoneId zone, String why) {
        ObjectNode document = (ObjectNode) Json.tree(PlanView.of(plan, zone));
        document.put("directory", checked.wanted().directory().toString());
        document.put("owner", checked.owner().name());
        document.put("wal", why.isEmpty() ? "fetch" : "copy");
        document.put("walReason", why);
        checked.wanted()
                .restoreCommand()
                .ifPresent(command -> document.put("restoreCommand", command));
        ObjectNode tablespaces = document.putObject("tablespaces");
        checked.tablespaces().forEach((old, place) -> tablespaces.put(old, place.toString()));
        document.set("reset", Json.tree(RESET));
        document.set("kept", Json.tree(KEPT));
        document.set("halfDropped", Json.tree(plan.halfDropped()));
        return document;
    }

    /** The restore_command; empty where there is none that works without this process. */
    private static Optional<String> command(Order order, RestorePlan plan) {
        Optional<String> launcher = Optional.ofNullable(System.getProperty(Service.LAUNCHER));
        Optional<List<String>> words = order.vault().words();
        if (launcher.isEmpty() || words.isEmpty()) {
            return Optional.empty();
        }
        List<String> line = new ArrayList<>();
        line.add(quoted(launcher.get()));
        line.add("wal fetch \"%f\" \"%p\" -n " + plan.source().id());
        // what came after the plan was made is not given out: recovery ends as planned
        line.add("--to " + plan.walTo());
        words.get().forEach(word -> line.add(word.startsWith("--") ? word : quoted(word)));
        return Optional.of(String.join(" ", line));
    }

    /** For the shell, and for PostgreSQL, to which a percent sign means something. */
    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''").replace("%", "%%") + "'";
    }

    /** Tries the command as the user who is going to run it; empty if it works. */
    private static String obstacle(DirectoryRestorer.Checked checked, RestorePlan plan) {
        int bytes = plan.snapshot().walSegmentBytes();
        String name =
                WalSegment.containing(
                                plan.history().timelineAt(plan.walFrom().plus(bytes - 1)),
                                plan.walFrom(),
                                bytes)
                        .fileName();
        OperatingSystemUser owner = checked.owner();
        try {
            Path folder = Files.createTempDirectory("pgkeep-trial");
            Path said = Files.createTempFile("pgkeep-trial", ".err");
            try {
                owner.own(folder);
                String line =
                        checked.wanted()
                                .restoreCommand()
                                .orElseThrow()
                                .replace("%f", name)
                                .replace("%p", folder.resolve(name).toString())
                                .replace("%%", "%");
                ProcessBuilder trial =
                        new ProcessBuilder(owner.command(List.of("sh", "-c", line)))
                                .directory(folder.toFile())
                                .redirectInput(Path.of("/dev/null").toFile())
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .redirectError(said.toFile());
                // as it is where PostgreSQL calls it
                trial.environment().keySet().removeIf(key -> key.startsWith("PGKEEP_"));
                Process process = trial.start();
                if (!process.waitFor(TRIAL_SECONDS_MAX, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    return "user " + owner + " gets no answer in " + TRIAL_SECONDS_MAX + " s";
                }
                return process.exitValue() == 0
                        ? ""
                        : "user "
                                + owner
                                + " is told: "
                                + Files.readString(said)
                                        .lines()
                                        .findFirst()
                                        .orElse("nothing, exit code " + process.exitValue())
                                        .replaceFirst("^pgkeep: ", "");
            } finally {
                Files.deleteIfExists(folder.resolve(name));
                Files.deleteIfExists(folder);
                Files.deleteIfExists(said);
            }
        } catch (IOException e) {
            return "restore_command can't be tried: " + e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(
                    Code.INTERRUPTED,
                    "the restore was ended before it began",
                    "ask for it again",
                    e);
        }
    }

    /** What it is going to do: the plan of any restore, and what is special here. */
    public String plan() {
        return Json.line(document);
    }

    /**
     * Does it.
     *
     * @param phases hears of each new phase
     * @throws Failure as {@link DirectoryRestorer#restore}
     */
    public void run(Consumer<String> phases) {
        String[] last = {""};
        new DirectoryRestorer(vault, Clock.systemUTC())
                .restore(
                        plan,
                        checked,
                        progress -> {
                            synchronized (last) {
                                if (!progress.phase().equals(last[0])) {
                                    last[0] = progress.phase();
                                    phases.accept(last[0]);
                                }
                            }
                        });
    }
}
