package org.pgkeep.engine.drill;

import java.util.List;
import org.pgkeep.engine.restore.RestoreOutcome;
import org.pgkeep.engine.restore.RestoreOutcome.RestoreCheck;

/**
 * How a drill ended. Nothing of its server is left.
 *
 * @param restored how long it took until the server accepted writes, and where recovery ended
 * @param checks what was checked then, in all; all of it good
 */
public record DrillOutcome(RestoreOutcome restored, List<RestoreCheck> checks) {
    public DrillOutcome {
        checks = List.copyOf(checks);
    }
}
