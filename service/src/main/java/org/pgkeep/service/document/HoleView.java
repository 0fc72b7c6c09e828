package org.pgkeep.service.document;

import java.time.Instant;
import org.pgkeep.engine.Hole;

/**
 * WAL that was lost: no moment in it can be restored, nor any behind it before the next backup.
 *
 * @param timeline its timeline
 * @param fromLsn its first position
 * @param toLsn the position behind it
 * @param cause why
 * @param noticedAt when it was noticed
 */
public record HoleView(
        int timeline, String fromLsn, String toLsn, String cause, Instant noticedAt) {
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
