package org.pgkeep.service.tier;

import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.copy.CopyEvents;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what happens to copies into the service's log. */
public final class CopyLog implements CopyEvents {
    private static final Logger LOG = LoggerFactory.getLogger(CopyLog.class);

    @Override
    public void healed(ObjectName name, String location, String why) {
        LOG.warn("object {} at {} {}: replaced by a good copy", name, location, why);
    }

    @Override
    public void notHealed(ObjectName name, String location, String why) {
        LOG.error("object {} at {} could not be repaired: {}", name, location, why);
    }

    @Override
    public void lost(String location, String why) {
        LOG.warn("{} is away: {}", location, why);
    }

    @Override
    public void back(String location) {
        LOG.info("{} is back", location);
    }
}
