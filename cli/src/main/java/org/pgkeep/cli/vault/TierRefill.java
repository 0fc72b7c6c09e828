package org.pgkeep.cli.vault;

import java.util.Map;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vault tier refill}. */
@Command(
        name = "refill",
        header = "Fill a location again that was replaced by an empty one.",
        description = {
            "",
            "Everything is copied to it from the other two locations; only then it counts as a location again.",
            ""
        },
        footer = {
            "Example:",
            "  pgkeep vault tier refill --location 2",
            "Next:",
            "  pgkeep vault show"
        })
public final class TierRefill implements Runnable {
    private final Face face;

    @Option(
            names = "--tier",
            paramLabel = "N",
            defaultValue = "1",
            description = "The tier's number (default: ${DEFAULT-VALUE}).")
    private int tier;

    @Option(
            names = "--location",
            paramLabel = "N",
            required = true,
            description = "The location's number.")
    private int location;

    /** The command. */
    public TierRefill(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Json refilled =
                face.service()
                        .post(
                                "/vault/tiers/" + tier + "/locations/" + location + "/refill",
                                Json.object(Map.of()));
        face.result(refilled, () -> "Copied " + refilled.at("copied").shown() + " objects\n");
    }
}
