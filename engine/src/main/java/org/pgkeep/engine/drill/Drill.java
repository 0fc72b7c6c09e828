package org.pgkeep.engine.drill;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.pgkeep.engine.ProgressListener;
import org.pgkeep.engine.restore.RestoreOutcome;
import org.pgkeep.engine.restore.RestoreOutcome.RestoreCheck;
import org.pgkeep.engine.restore.RestorePlan;
import org.pgkeep.engine.restore.Restorer;
import org.pgkeep.engine.server.ManagedServer;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.vault.Vault;

/** Restores for the proof alone. */
public final class Drill {
    private final Vault vault;
    private final InstantSource clock;

    /** Drills with what that vault holds. */
    public Drill(Vault vault, InstantSource clock) {
        this.vault = vault;
        this.clock = clock;
    }

    /**
     * Carries a plan out as any restore, looks into the server that came of it, and removes it,
     * whatever came out. May be run again after it was killed anywhere.
     *
     * @param place a place of the drill's own
     * @param questions what else has to be true
     * @throws org.pgkeep.failure.Failure as {@link Restorer#restore}; DAMAGED_DATA where the
     *     restored server is not sound, WRONG_ANSWER where a question is not answered with true
     */
    public DrillOutcome run(
            RestorePlan plan,
            ServerPlace place,
            List<DrillQuestion> questions,
            ProgressListener progress) {
        ManagedServer server = new ManagedServer(place);
        RestoreOutcome restored = new Restorer(vault, clock).restore(plan, place, progress);
        try {
            List<RestoreCheck> checks = new ArrayList<>(restored.checks());
            checks.addAll(new DrillChecks(place, progress).check(questions));
            return new DrillOutcome(restored, checks);
        } finally {
            server.removeRootEvenIfInterrupted();
        }
    }
}
