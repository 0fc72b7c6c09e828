package org.pgkeep.vault.copy;

import org.pgkeep.vault.ObjectName;

/** What happens to copies, for a log. Called from any thread; must be quick and not throw. */
public interface CopyEvents {
    /** Tells nobody. */
    CopyEvents NONE = new CopyEvents() {};

    /**
     * A copy was replaced by a good one.
     *
     * @param location whose copy it was
     * @param why what was wrong with it
     */
    default void healed(ObjectName name, String location, String why) {}

    /** A copy is bad or missing, and could not be replaced now. */
    default void notHealed(ObjectName name, String location, String why) {}

    /** A location stopped answering, or stopped taking objects. */
    default void lost(String location, String why) {}

    /** A location answers again. */
    default void back(String location) {}
}
