package org.pgkeep.service.document;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgkeep.vault.sync.Scrub;

/**
 * A tier of the vault.
 *
 * @param tier its number
 * @param name what people call it
 * @param redundancy {@code local}, {@code zone} or {@code geo}
 * @param state {@code Good}, {@code Degraded}, {@code Copying} or {@code Away}
 * @param locations its places
 * @param retentionMinSeconds the window in which any moment can be restored; empty for the servers'
 * @param retentionMaxSeconds the age at which backups go; empty for the servers'
 * @param weekly weekly long-term keeps
 * @param monthly monthly long-term keeps
 * @param yearly yearly long-term keeps
 * @param pricePerGbMonth what a gigabyte costs in a month
 * @param lagObjects objects that are still to be copied to it
 * @param lagBytes their bytes
 * @param comparedAt when it was compared with tier 1 last
 * @param completeAt what tier 1 held then is in it
 * @param reason what is wrong; empty when all is well
 */
public record TierView(
        int tier,
        String name,
        String redundancy,
        String state,
        List<Location> locations,
        Optional<Long> retentionMinSeconds,
        Optional<Long> retentionMaxSeconds,
        int weekly,
        int monthly,
        int yearly,
        Optional<BigDecimal> pricePerGbMonth,
        long lagObjects,
        long lagBytes,
        Optional<Instant> comparedAt,
        Optional<Instant> completeAt,
        String reason) {
    /**
     * A place of a tier.
     *
     * @param location its number
     * @param place its address
     * @param state {@code Good}, {@code CatchingUp}, {@code Away} or {@code Paired}
     * @param lastContact when it answered last
     * @param awaySince since when it does not
     * @param lagObjects objects it is known to lack
     * @param lagBytes their bytes, where known
     * @param lagSeconds since when the oldest of them waits, where known
     * @param reason what is wrong; empty when all is well
     */
    public record Location(
            int location,
            String place,
            String state,
            Optional<Instant> lastContact,
            Optional<Instant> awaySince,
            long lagObjects,
            Optional<Long> lagBytes,
            Optional<Long> lagSeconds,
            String reason) {}

    /**
     * The vault with its tiers.
     *
     * @param id its GUID
     * @param path where tier 1 is
     * @param createdAt when it was made
     * @param tiers its tiers, in order
     */
    public record VaultView(String id, String path, Instant createdAt, List<TierView> tiers) {}

    /**
     * What a scrub of all tiers found.
     *
     * @param objects objects that were looked at
     * @param bytes bytes that were read
     * @param damaged names with a damaged or missing copy
     * @param repaired those of which all copies are good now
     * @param unrepairable the others
     * @param away places that could not be read
     */
    public record Scrubbed(
            long objects,
            long bytes,
            List<String> damaged,
            List<String> repaired,
            List<String> unrepairable,
            List<String> away) {
        /** Several reports as one. */
        public static Scrubbed of(List<Scrub.Report> reports) {
            return new Scrubbed(
                    reports.stream().mapToLong(Scrub.Report::objects).sum(),
                    reports.stream().mapToLong(Scrub.Report::bytes).sum(),
                    reports.stream().flatMap(each -> each.damaged().stream()).toList(),
                    reports.stream().flatMap(each -> each.repaired().stream()).toList(),
                    reports.stream().flatMap(each -> each.unrepairable().stream()).toList(),
                    reports.stream().flatMap(each -> each.away().stream()).distinct().toList());
        }
    }

    /**
     * What was filled again.
     *
     * @param copied objects that were copied
     */
    public record Refilled(long copied) {}
}
