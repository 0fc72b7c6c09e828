package org.pgkeep.service.document;

import java.time.Instant;
import java.util.Optional;
import org.pgkeep.engine.Hole;

/**
 * WAL that was lost, or that recovery can't go through: no moment in it can be restored, nor any
 * behind it before the next backup.
 *
 * @param timeline its timeline
 * @param fromLsn its first position
 * @param toLsn the position behind it
 * @param cause why
 * @param noticedAt when it was noticed; empty where only what is held tells of it
 */
public record HoleView(
        int timeline, String fromLsn, String toLsn, String cause, Optional<Instant> noticedAt) {
    /** The engine's hole as a document. */
    public static HoleView of(Hole hole) {
        return new HoleView(
                hole.timeline().value(),
                hole.from().toString(),
                hole.to().toString(),
                hole.cause(),
                hole.noticedAt());
    }
}
