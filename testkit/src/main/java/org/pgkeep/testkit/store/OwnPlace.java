package org.pgkeep.testkit.store;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/** Where this room was built. */
final class OwnPlace {
    private OwnPlace() {}

    /** The folder that this room's jar or classes lie in. */
    static Path target() {
        try {
            Path own =
                    Path.of(
                            OwnPlace.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI());
            return Objects.requireNonNull(own.toAbsolutePath().getParent());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
