package org.pgkeep.vault;

/** Whether more is waiting to be stored. */
public enum Haste {
    /** As small as the settings ask for. */
    NONE,

    /** As fast as it goes: what waits is at risk meanwhile, or holds a server up. */
    BACKLOG
}
