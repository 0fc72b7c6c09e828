package org.pgkeep.engine.capture;

import java.util.function.Consumer;
import org.pgkeep.engine.Hole;

/** Hears what a capture meets, from its threads; must return at once. */
public interface CaptureListener {
    /** The state changed. */
    void stateChanged(CaptureState state);

    /**
     * WAL was lost. Moments in the hole, and behind it until the next snapshot, can't be restored.
     * It is recorded in the vault by now.
     */
    void hole(Hole hole);

    /** One that passes everything on, for those who only tell of it. */
    static CaptureListener telling(Consumer<Object> whom) {
        return new CaptureListener() {
            @Override
            public void stateChanged(CaptureState state) {
                whom.accept(state);
            }

            @Override
            public void hole(Hole hole) {
                whom.accept(hole);
            }
        };
    }
}
