package org.pgkeep.tidy.planted.shortcut.service;

import org.jspecify.annotations.NullMarked;

/** The service. */
@NullMarked
public final class Service {
    /** Runs. */
    public void run() {}
}
