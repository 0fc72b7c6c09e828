package org.pgkeep.tidy.planted.shortcut.cli.run;

import org.jspecify.annotations.NullMarked;
import org.pgkeep.tidy.planted.shortcut.service.Service;

/** No fault: the one class that starts the service. */
@NullMarked
final class Foreground {
    void start() {
        new Service().run();
    }
}
