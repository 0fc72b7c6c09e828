package org.pgkeep.vault;

/** What became of an object that was to be stored. */
public enum PutOutcome {
    /** It is stored now, and durable. */
    CREATED,
    /** The name was taken; what stands there was not touched. */
    EXISTS
}
