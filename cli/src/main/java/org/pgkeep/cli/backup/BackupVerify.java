package org.pgkeep.cli.backup;

import java.util.Map;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.JobWatch;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.face.WaitOption;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.cli.terminal.Words;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code backup verify}. */
@Command(
        name = "verify",
        header = "Read a backup back from the vault.",
        description = {
            "",
            "Opens every chunk of every file and all WAL from its start to its end; nothing is written.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep backup verify -n pg1 -bn before-upgrade --wait",
            "Next:",
            "  pgkeep server restore -n pg1-then -f pg1 -bn before-upgrade --wait"
        })
public final class BackupVerify implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final NamedBackup backup = new NamedBackup();
    @Mixin private final WaitOption wait = new WaitOption();

    /** The command. */
    public BackupVerify(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        Json job = service.post(server.path(backup.path("/verifications")), Json.object(Map.of()));
        new JobWatch(face, service)
                .finish(
                        job,
                        wait,
                        () -> "Reading backup " + backup.name() + " back\n",
                        BackupVerify::text);
    }

    private static String text(Json done) {
        return done.at("backup").shown()
                + " can be read: "
                + done.at("files").shown()
                + " files, "
                + Words.bytes(done.at("dataBytes").asNumber().orElse(0L))
                + " of data, "
                + Words.bytes(done.at("walBytes").asNumber().orElse(0L))
                + " of WAL\n";
    }
}
