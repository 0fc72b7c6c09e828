package org.pgkeep.vault;

import java.util.UUID;

/**
 * One of the keys that a vault is locked with, as its envelope tells of it.
 *
 * @param id of the envelope
 * @param kind {@code passphrase}, {@code key-file}, {@code key-service}, or one this program does
 *     not know
 * @param label what people call it; may be empty
 * @param address which key of which service; empty for the other kinds
 * @param generation of the master key it opens, with all before
 * @param state what it is good for
 * @param own whether it is the one that opened the vault here
 */
public record KeyInfo(
        UUID id,
        String kind,
        String label,
        String address,
        int generation,
        State state,
        boolean own) {
    /** What a key is good for. */
    public enum State {
        /** It opens the vault. */
        CURRENT,
        /** It was not renewed at a rotation: it opens the vault no more. */
        OUTDATED,
        /** Of a generation that the vault has not gone on to: a rotation was cut off, or runs. */
        UNUSED
    }
}
