package org.pgkeep.postgres.wire;

import java.io.IOException;
import java.io.Serial;

/**
 * What came is not what the protocol allows here: the two sides no longer understand each other.
 */
final class ProtocolBroken extends IOException {
    @Serial private static final long serialVersionUID = 1;

    ProtocolBroken(String message) {
        super(message);
    }
}
