package org.pgkeep.service.request;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.pgkeep.engine.ServerId;
import org.pgkeep.service.catalog.JobId;
import org.pgkeep.vault.SnapshotId;

/** Makes ids, and names for what nobody named. */
public final class Identities {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private final RandomGenerator random;
    private final InstantSource clock;

    public Identities(RandomGenerator random, InstantSource clock) {
        this.random = random;
        this.clock = clock;
    }

    /** A new random id of a server. */
    public ServerId server() {
        return new ServerId(uuid());
    }

    /** A new random id of a job. */
    public JobId job() {
        return new JobId(uuid());
    }

    /** A new id of a backup, behind those of earlier ones. */
    public SnapshotId backup() {
        return SnapshotId.at(clock.instant(), random);
    }

    /** A name for a backup that pgkeep takes by itself, such as auto-20260304T050607.123Z. */
    public String automaticBackup() {
        return "auto-" + stamp(clock.instant());
    }

    /** A name for a backup that somebody asked for without naming it. */
    public String manualBackup() {
        return "manual-" + stamp(clock.instant());
    }

    private static String stamp(Instant at) {
        return STAMP.format(at);
    }

    /** A random UUID, version 4 (RFC 9562). */
    private UUID uuid() {
        long high = (random.nextLong() & ~0xF000L) | 0x4000L;
        long low = (random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }
}
