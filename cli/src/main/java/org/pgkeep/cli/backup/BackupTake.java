package org.pgkeep.cli.backup;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.JobWatch;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.face.WaitOption;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code backup take}. */
@Command(
        name = "take",
        header = "Take a snapshot of a running server.",
        description = {
            "",
            "Clients go on working. The vault stores what it does not hold yet; the snapshot is"
                    + " complete in itself. It isn't needed for going back to a moment: WAL is"
                    + " captured all the time.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep backup take -n pg1 -bn before-upgrade --wait",
            "Next:",
            "  pgkeep backup list -n pg1"
        })
public final class BackupTake implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final WaitOption wait = new WaitOption();

    @Option(
            names = {"-bn", "--backup-name"},
            paramLabel = "BACKUP",
            description = "Name of the backup (default: one made of its time).")
    private String backup = "";

    @Option(
            names = "--whole",
            description =
                    "Read and compare everything, instead of what the WAL says has changed. It"
                            + " stores no more.")
    private boolean whole;

    @Option(
            names = "--rate",
            paramLabel = "MB",
            description =
                    "Read at most so many MB a second (default: what server update --backup-rate"
                            + " said).")
    private int rate;

    /** The command. */
    public BackupTake(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        Map<String, Json> body = new LinkedHashMap<>();
        if (!backup.isEmpty()) {
            body.put("name", Json.text(backup));
        }
        if (whole) {
            body.put("whole", Json.truth(true));
        }
        if (rate != 0) {
            body.put("rate", Json.number(rate));
        }
        Json job = service.post(server.path("/backups"), Json.object(body));
        String name = job.at("name").asText().orElse(backup);
        new JobWatch(face, service)
                .finish(
                        job,
                        wait,
                        () -> BackupText.table(named(service, name)),
                        done -> BackupText.table(List.of(done)));
    }

    private List<Json> named(ServiceClient service, String name) {
        return service.get(server.path("/backups")).items().stream()
                .filter(listed -> listed.at("name").shown().equals(name))
                .toList();
    }
}
