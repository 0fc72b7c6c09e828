package org.pgkeep.vault.copy;

import org.pgkeep.vault.ObjectName;

/**
 * What other tiers have not copied yet from the first one. Whoever deletes from the first tier asks
 * here before, name by name: one tier's retention must never take what another still has to copy.
 */
@FunctionalInterface
public interface StillToCopy {
    /** For a vault with one tier: nobody waits for anything. */
    StillToCopy NOTHING = name -> false;

    /** Whether a tier lacks the object and is going to copy it; when in doubt, yes. */
    boolean isNeeded(ObjectName name);
}
