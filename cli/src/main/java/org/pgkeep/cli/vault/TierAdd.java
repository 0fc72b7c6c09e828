package org.pgkeep.cli.vault;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vault tier add}. */
@Command(
        name = "add",
        header = "Add a tier to the vault.",
        description = {
            "",
            "It comes after the others, and is filled from tier 1 in the background; no key leaves this machine for it.",
            ""
        },
        footer = {
            "Example:",
            "  pgkeep vault tier add --place s3://bucket/pgkeep --retentionMax 70d --monthly 12",
            "Next:",
            "  pgkeep vault tier list"
        })
public final class TierAdd implements Runnable {
    private final Face face;

    @Option(
            names = "--place",
            paramLabel = "PLACE",
            required = true,
            description =
                    "A folder or an address: once for one place, twice for a place and its paired"
                            + " region, three times for three locations.")
    private List<String> places = new ArrayList<>();

    @Option(names = "--tier-name", paramLabel = "NAME", description = "What to call it.")
    private @Nullable String name;

    @Option(
            names = "--redundancy",
            paramLabel = "local|zone|geo",
            description = "How often it keeps each object (default: by its places).")
    private @Nullable String redundancy;

    @Option(
            names = {"--retention-min", "--retentionMin"},
            paramLabel = "SPAN",
            description = "The window in which any moment can be restored from it.")
    private @Nullable String retentionMin;

    @Option(
            names = {"--retention-max", "--retentionMax"},
            paramLabel = "SPAN",
            description = "The age at which backups leave it.")
    private @Nullable String retentionMax;

    @Option(names = "--weekly", paramLabel = "N", description = "Weekly long-term keeps.")
    private int weekly;

    @Option(names = "--monthly", paramLabel = "N", description = "Monthly long-term keeps.")
    private int monthly;

    @Option(names = "--yearly", paramLabel = "N", description = "Yearly long-term keeps.")
    private int yearly;

    @Option(
            names = "--price",
            paramLabel = "AMOUNT",
            description = "What a gigabyte costs there in a month.")
    private @Nullable String price;

    /** The command. */
    public TierAdd(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Map<String, Json> body = new LinkedHashMap<>();
        body.put("places", VaultText.texts(places));
        text(body, "name", name);
        text(body, "redundancy", redundancy);
        text(body, "retentionMin", retentionMin);
        text(body, "retentionMax", retentionMax);
        text(body, "pricePerGbMonth", price);
        body.put("weekly", Json.number(weekly));
        body.put("monthly", Json.number(monthly));
        body.put("yearly", Json.number(yearly));
        Json tiers = face.service().post("/vault/tiers", Json.object(body));
        face.result(tiers, () -> VaultText.tiers(tiers.items()));
    }

    private static void text(Map<String, Json> body, String member, @Nullable String value) {
        if (value != null) {
            body.put(member, Json.text(value));
        }
    }
}
