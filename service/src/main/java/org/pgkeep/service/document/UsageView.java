package org.pgkeep.service.document;

import java.util.Optional;

/**
 * What a server takes in a tier; or what belongs to no server, in a row of its own. The rows of a
 * tier add up to the bytes of a plain listing.
 *
 * @param id the server's id; empty in the row of what belongs to no server
 * @param name its name; {@code (vault)} in that row
 * @param namespace the namespace of its name
 * @param deleted whether it was deleted and can still be restored
 * @param tier the tier's number
 * @param snapshotBytes data of its backups
 * @param walBytes its WAL
 * @param mapBytes what tells where things stand
 * @param pendingDeletionBytes what nothing needs and the sweep has still to remove
 * @param totalBytes all of these
 * @param freeAllowanceBytes what costs nothing: as much as its provisioned storage, in tier 1
 * @param cost of a month at this size, in the price list's currency
 * @param currency the price list's
 * @param forecast what it will take; empty where there is nothing to go by
 * @param reason why there are no figures: the tier is away; empty where there are
 */
public record UsageView(
        String id,
        String name,
        String namespace,
        boolean deleted,
        int tier,
        long snapshotBytes,
        long walBytes,
        long mapBytes,
        long pendingDeletionBytes,
        long totalBytes,
        long freeAllowanceBytes,
        double cost,
        String currency,
        Optional<Forecast> forecast,
        String reason) {
    /** A tier that can't be counted now. */
    public static UsageView away(int tier, String reason) {
        return new UsageView(
                "", "(away)", "", false, tier, 0, 0, 0, 0, 0, 0, 0, "", Optional.empty(), reason);
    }

    /**
     * What the configured retention will take when it is full.
     *
     * @param totalBytes all of it
     * @param cost of a month at that size
     * @param snapshotBytesPerDay what backups add in a day, as measured
     * @param walBytesPerDay what WAL adds in a day, as measured
     * @param basis how it was measured
     */
    public record Forecast(
            long totalBytes,
            double cost,
            long snapshotBytesPerDay,
            long walBytesPerDay,
            String basis) {}
}
