package org.pgkeep.engine.archiving;

/** What became of a file that was pushed; in both cases the vault holds it durably. */
public enum PushOutcome {
    /** It was stored now. */
    STORED,
    /** The vault had it already, byte by byte. */
    HELD_ALREADY
}
