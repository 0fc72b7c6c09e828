package org.pgkeep.engine.expire;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.pgkeep.vault.SnapshotId;

/** Whether a snapshot stays, and why. */
public sealed interface Verdict {
    /** The snapshot. */
    SnapshotId snapshot();

    /** For people. */
    String reason();

    /**
     * It stays.
     *
     * @param reasons why, at least one
     * @param expiresOn when the last of the reasons ends, as far as that is known
     */
    record Kept(SnapshotId snapshot, List<String> reasons, Optional<Instant> expiresOn)
            implements Verdict {
        public Kept {
            reasons = List.copyOf(reasons);
        }

        @Override
        public String reason() {
            return "kept: "
                    + String.join("; ", reasons)
                    + expiresOn.map(at -> "; expires on " + Expiry.day(at)).orElse("");
        }
    }

    /**
     * It goes.
     *
     * @param why for people
     */
    record Expired(SnapshotId snapshot, String why) implements Verdict {
        @Override
        public String reason() {
            return "expired: " + why;
        }
    }
}
