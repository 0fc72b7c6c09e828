package org.pgkeep.vault.seal;

import java.io.Serial;

/** More was put into a sealed object than one may hold; nothing was stored. */
public final class ObjectFullException extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    ObjectFullException(String message) {
        super(message);
    }
}
