package org.pgkeep.cli.vault;

import java.util.Map;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.JobWatch;
import org.pgkeep.cli.face.WaitOption;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code vault scrub}. */
@Command(
        name = "scrub",
        header = "Read everything in the vault again, and repair what is damaged.",
        description = {
            "",
            "A job: every copy of every object in each tier is read and opened. A damaged copy is replaced by a good one from another location or tier.",
            ""
        },
        footer = {"Example:", "  pgkeep vault scrub --wait", "Next:", "  pgkeep vault show"})
public final class VaultScrub implements Runnable {
    private final Face face;

    @Mixin private final WaitOption wait = new WaitOption();

    /** The command. */
    public VaultScrub(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        Json job = service.post("/vault/scrubs", Json.object(Map.of()));
        new JobWatch(face, service)
                .finish(
                        job,
                        wait,
                        () -> "The scrub is " + job.at("state").shown() + "\n",
                        done ->
                                "Read "
                                        + done.at("objects").shown()
                                        + " objects; damaged: "
                                        + done.at("damaged").items().size()
                                        + ", repaired: "
                                        + done.at("repaired").items().size()
                                        + "\n");
    }
}
