package org.pgkeep.service.catalog;

/** What a server is wanted to be; what it is, only a look at it tells. */
public enum Wanted {
    /** It is being made, and nobody but its job touches it. */
    MADE,
    /** It is to run, with its WAL captured. */
    RUNNING,
    /** It is to be down. */
    STOPPED,
    /** It is gone; its archive stays in the vault. */
    DELETED
}
