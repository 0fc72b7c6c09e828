package org.pgkeep.cli.face;

import picocli.CommandLine.Option;

/** {@code --wait}: stay until the job has ended. */
public final class WaitOption {
    @Option(
            names = "--wait",
            description =
                    "Stay until the job has ended, show its progress, and end with its outcome.")
    private boolean wait;

    /** Whether to stay. */
    public boolean wanted() {
        return wait;
    }
}
