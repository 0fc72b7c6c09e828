package org.pgkeep.tidy.planted.shortcut.cli.server;

import org.jspecify.annotations.NullMarked;
import org.pgkeep.tidy.planted.shortcut.service.Service;

/** A fault: a command that goes around the REST API. */
@NullMarked
final class AsksDirectly {
    void ask(Service service) {
        service.run();
    }
}
