package org.pgkeep.vault.copy;

import org.pgkeep.vault.ObjectName;

/** Whoever can tell good bytes from others: a vault that is open, or nobody. */
@FunctionalInterface
public interface CopyCheck {
    /** Without keys nothing can be told. */
    CopyCheck NONE = (name, bytes) -> Verdict.UNKNOWN;

    /** Looks at the bytes of an object. */
    Verdict check(ObjectName name, byte[] bytes);

    /** What a look at an object says. */
    enum Verdict {
        /** It opens, every byte of it. */
        GOOD,
        /** It does not. */
        BAD,
        /** Nobody here can tell. */
        UNKNOWN
    }
}
