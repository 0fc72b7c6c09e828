package org.pgkeep.cli.run;

import java.nio.file.Path;
import java.util.Optional;
import org.pgkeep.cli.face.Face;

/** Puts the house together: the one place of the command line that knows the service's classes. */
final class Foreground {
    private Foreground() {}

    static void run(Face face, Optional<Path> passphraseFile, Optional<Path> vault) {
        if (face.home().isAbsolute()) {
            throw new IllegalStateException("not yet: " + passphraseFile + vault);
        }
    }
}
