package org.pgkeep.cli.server;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Option;

/** How the WAL of a server is captured, as options of a command. */
final class CaptureOptions {
    @Option(
            names = "--synchronous",
            arity = "0..1",
            fallbackValue = "on",
            paramLabel = "on|off",
            description = "Commits wait until pgkeep has their WAL durably (default: off).")
    private @Nullable String synchronous;

    @Option(
            names = "--shipping-interval",
            paramLabel = "SPAN",
            description =
                    "How often WAL goes to the vault at most (default: 1s; 10s where its first tier"
                            + " is in an object store).")
    private @Nullable String shippingInterval;

    @Option(
            names = "--spool-size",
            paramLabel = "SIZE",
            description = "How much WAL may wait for the vault here (default: 4GB).")
    private @Nullable String spoolSize;

    @Option(
            names = "--wal-limit",
            paramLabel = "SIZE",
            description = "How much WAL the server keeps for pgkeep at most (default: 16GB).")
    private @Nullable String walLimit;

    @Option(
            names = "--wal-policy",
            paramLabel = "server|recoverability",
            description =
                    "Who goes first at that limit: the server (default) gives the WAL up, or keeps"
                            + " it until its disk is full.")
    private @Nullable String walPolicy;

    /** Adds what was given to the options of a request. */
    void into(Map<String, Json> options) {
        put(options, "synchronous", synchronous);
        put(options, "shippingInterval", shippingInterval);
        put(options, "spoolSize", spoolSize);
        put(options, "walLimit", walLimit);
        put(options, "walPolicy", walPolicy);
    }

    private static void put(Map<String, Json> options, String name, @Nullable String value) {
        if (value != null) {
            options.put(name, Json.text(value));
        }
    }
}
