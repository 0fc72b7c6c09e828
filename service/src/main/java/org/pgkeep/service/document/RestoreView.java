package org.pgkeep.service.document;

import java.util.List;
import org.pgkeep.engine.restore.RestoreOutcome;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a restore ended: what is added to its plan when it is done.
 *
 * @param restoreSeconds how long files and WAL took out of the vault
 * @param readySeconds how long it all took, until the server accepted writes
 * @param endLsn where recovery ended
 * @param endTimeline the new server's own timeline
 * @param checks what was checked
 */
public record RestoreView(
        double restoreSeconds,
        double readySeconds,
        String endLsn,
        int endTimeline,
        List<CheckView> checks) {

    /**
     * One thing that was promised and looked at.
     *
     * @param name what
     * @param ok whether it is so
     * @param detail what was seen
     */
    public record CheckView(String name, boolean ok, String detail) {}

    /** The engine's outcome as a document. */
    public static RestoreView of(RestoreOutcome outcome) {
        return new RestoreView(
                outcome.restore().toMillis() / 1000.0,
                outcome.ready().toMillis() / 1000.0,
                outcome.endLsn().toString(),
                outcome.endTimeline().value(),
                outcome.checks().stream().map(RestoreView::check).toList());
    }

    /** One of the engine's checks as a document. */
    public static CheckView check(RestoreOutcome.RestoreCheck check) {
        return new CheckView(check.name(), check.good(), check.detail());
    }

    /** The final document of a restore: its plan, how it ended, and the new server. */
    public static JsonNode document(JsonNode plan, JsonNode outcome, ServerView server) {
        ObjectNode document = (ObjectNode) plan.deepCopy();
        document.setAll((ObjectNode) outcome);
        document.set("server", Json.tree(server));
        return document;
    }
}
