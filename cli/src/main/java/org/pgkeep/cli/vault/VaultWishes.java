package org.pgkeep.cli.vault;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.terminal.Facts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vault settings}. */
@Command(
        name = "settings",
        header = "Show or change how the vault is looked after.",
        description = {"", "What is not named stays as it is.", ""},
        footer = {
            "",
            "Example:",
            "  pgkeep vault settings",
            "  pgkeep vault settings --scrub-every 14d --scrub-rate 20MB",
            "Next:",
            "  pgkeep vault scrub --wait"
        })
public final class VaultWishes implements Runnable {
    private final Face face;

    @Option(
            names = "--scrub-every",
            paramLabel = "SPAN|off",
            description = "How often all copies of everything are read again (default: 7d).")
    private @Nullable String scrubEvery;

    @Option(
            names = "--scrub-rate",
            paramLabel = "SIZE",
            description = "How many bytes a second a scrub reads at most (default: 100MB).")
    private @Nullable String scrubRate;

    /** The command. */
    public VaultWishes(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        Map<String, Json> wishes = new LinkedHashMap<>();
        if (scrubEvery != null) {
            wishes.put("scrubEvery", Json.text(scrubEvery));
        }
        if (scrubRate != null) {
            wishes.put("scrubRate", Json.text(scrubRate));
        }
        Json settings =
                wishes.isEmpty()
                        ? face.service().get("/vault/settings")
                        : face.service().post("/vault/settings", Json.object(wishes));
        face.result(
                settings,
                () ->
                        new Facts(0)
                                .add("Scrub every", settings.at("scrubEvery").shown())
                                .add("Scrub rate", settings.at("scrubRate").shown() + " a second")
                                .text());
    }
}
