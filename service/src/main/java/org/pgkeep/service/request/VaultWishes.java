package org.pgkeep.service.request;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.VaultSettingTable;
import org.pgkeep.service.document.VaultSettingsView;

/** How the vault is to be looked after. Any thread. */
public final class VaultWishes {
    private static final String SCRUB_EVERY = "scrubEvery";
    private static final String SCRUB_RATE = "scrubRate";
    private static final String OFF = "off";

    private static final Map<String, String> PATTERNS =
            Map.of(SCRUB_EVERY, "off|[1-9]\\d{0,3}[hdw]", SCRUB_RATE, "[1-9]\\d{0,5}(KB|MB|GB)");

    private static final Map<String, String> USUAL =
            Map.of(
                    // costs little, and a second copy is not lost meanwhile
                    SCRUB_EVERY, "7d",
                    // a scrub shares disks and lines with backups and restores
                    SCRUB_RATE, "100MB");

    private final VaultSettingTable table;

    public VaultWishes(VaultSettingTable table) {
        this.table = table;
    }

    /** What is wished, or usual. */
    public VaultSettingsView show() {
        Map<String, String> all = all();
        return new VaultSettingsView(
                all.getOrDefault(SCRUB_EVERY, ""), all.getOrDefault(SCRUB_RATE, ""));
    }

    private Map<String, String> all() {
        Map<String, String> all = new TreeMap<>(USUAL);
        all.putAll(table.all());
        return all;
    }

    /**
     * Changes some wishes.
     *
     * @throws Failure {@code BAD_ARGUMENT}, and then nothing is changed
     */
    public VaultSettingsView change(Map<String, String> wishes) {
        wishes.forEach((name, value) -> {
            if (!value.matches(PATTERNS.getOrDefault(name, ""))) {
                throw new Failure(
                        Code.BAD_ARGUMENT,
                        name + " can't be \"" + value + "\"",
                        "write scrubEvery like 7d, 12h, 2w or off, and scrubRate like 100MB");
            }
        });
        table.set(wishes);
        return show();
    }

    /** How often everything is read again; empty for never. */
    public Optional<Duration> scrubEvery() {
        String text = show().scrubEvery();
        if (text.equals(OFF)) {
            return Optional.empty();
        }
        long number = Long.parseLong(text.substring(0, text.length() - 1));
        return Optional.of(
                switch (text.charAt(text.length() - 1)) {
                    case 'h' -> Duration.ofHours(number);
                    case 'w' -> Duration.ofDays(7 * number);
                    default -> Duration.ofDays(number);
                });
    }

    /** How many bytes a second a scrub reads at most. */
    public long scrubBytesPerSecond() {
        String text = show().scrubRate();
        long number = Long.parseLong(text.substring(0, text.length() - 2));
        return switch (text.substring(text.length() - 2)) {
            case "GB" -> number << 30;
            case "MB" -> number << 20;
            default -> number << 10;
        };
    }
}
