package org.pgkeep.service.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.pgkeep.engine.capture.CaptureSettings;
import org.pgkeep.engine.slot.WalLimit;
import org.pgkeep.vault.PlaceAddress;

/** What a server's settings say about the capture of its WAL. */
public final class CaptureWishes {
    /** Whether commits wait until pgkeep has them: {@code on} or {@code off}. */
    public static final String SYNCHRONOUS = "synchronous";

    /** How often WAL goes to the vault, such as {@code 1s}. */
    public static final String SHIPPING_INTERVAL = "shippingInterval";

    /** How much WAL may wait for the vault on this machine, such as {@code 4GB}. */
    public static final String SPOOL_SIZE = "spoolSize";

    /** How much WAL the server keeps for pgkeep at most, such as {@code 16GB}. */
    public static final String WAL_LIMIT = "walLimit";

    /** Who goes first when the limit is reached: {@code server} or {@code recoverability}. */
    public static final String WAL_POLICY = "walPolicy";

    /** How long WAL may take into the vault at most, in minutes; the seeds' word. */
    public static final String DELTA_BACKUP_INTERVAL = "deltaBackupInterval";

    /** How {@link #SHIPPING_INTERVAL} is written. */
    public static final String SPAN_PATTERN = "[1-9]\\d{0,5}(ms|s|m)";

    /** How sizes are written. */
    public static final String SIZE_PATTERN = "[1-9]\\d{0,5}(MB|GB|TB)";

    /**
     * Who waits for every commit wants it away at once: about as long as two of its fsyncs, and few
     * enough objects that a day's are swept in seconds.
     */
    private static final Duration SYNCHRONOUS_INTERVAL = Duration.ofMillis(50);

    private CaptureWishes() {}

    /**
     * How WAL is captured where nobody wishes otherwise: to places where requests cost money and
     * time it goes less often.
     *
     * @param places the addresses of the vault's first tier
     */
    public static CaptureSettings usualFor(List<String> places) {
        boolean folders =
                places.stream()
                        .map(PlaceAddress::parse)
                        .allMatch(place -> place.kind() == PlaceAddress.Kind.FILE);
        return folders ? CaptureSettings.LOCAL : CaptureSettings.OBJECT_STORE;
    }

    /**
     * The settings of a server's capture.
     *
     * @param settings of the server
     * @param usual where it says nothing
     */
    public static CaptureSettings of(Map<String, String> settings, CaptureSettings usual) {
        boolean synchronous = "on".equals(settings.get(SYNCHRONOUS));
        CaptureSettings made = usual.synchronously(synchronous);
        String interval = settings.get(SHIPPING_INTERVAL);
        if (interval != null) {
            made = made.shippingEvery(span(interval));
        } else if (synchronous && usual.shipEvery().compareTo(Duration.ofSeconds(1)) <= 0) {
            made = made.shippingEvery(SYNCHRONOUS_INTERVAL);
        }
        String most = settings.get(DELTA_BACKUP_INTERVAL);
        if (most != null) {
            Duration bound = Duration.ofMinutes(Long.parseLong(most));
            made = made.shipEvery().compareTo(bound) > 0 ? made.shippingEvery(bound) : made;
        }
        String spool = settings.get(SPOOL_SIZE);
        String limit = settings.get(WAL_LIMIT);
        WalLimit.First first =
                "recoverability".equals(settings.get(WAL_POLICY))
                        ? WalLimit.First.RECOVERABILITY
                        : WalLimit.First.SERVER;
        return made.bounded(
                spool == null ? usual.spoolBytesMax() : size(spool),
                new WalLimit(
                        first,
                        limit == null
                                ? usual.limit().serverBytesMax()
                                : Math.max(64L << 20, size(limit)),
                        limit != null || settings.containsKey(WAL_POLICY)));
    }

    static Duration span(String text) {
        if (text.endsWith("ms")) {
            return Duration.ofMillis(Long.parseLong(text.substring(0, text.length() - 2)));
        }
        long number = Long.parseLong(text.substring(0, text.length() - 1));
        return text.endsWith("m") ? Duration.ofMinutes(number) : Duration.ofSeconds(number);
    }

    static long size(String text) {
        long number = Long.parseLong(text.substring(0, text.length() - 2));
        return switch (text.substring(text.length() - 2)) {
            case "TB" -> number << 40;
            case "GB" -> number << 30;
            default -> number << 20;
        };
    }
}
