package org.pgkeep.postgres.instance;

import java.nio.file.Path;
import java.util.List;
import org.pgkeep.postgres.LocalSocket;

/** A program that starts a server and then does nothing until it is killed. */
final class StartAndSleep {
    private StartAndSleep() {}

    /** Arguments: directory of executables, data directory, socket directory. */
    public static void main(String[] arguments) throws InterruptedException {
        Installation installation =
                Installations.find(List.of(Path.of(arguments[0]))).stream()
                        .filter(each -> each.binDirectory().equals(Path.of(arguments[0])))
                        .findFirst()
                        .orElseThrow();
        new Instance(
                        installation,
                        Path.of(arguments[1]),
                        new LocalSocket(Path.of(arguments[2]), 5432),
                        OperatingSystemUser.forServers())
                .start(TestCluster.PATIENCE);
        System.out.println("started");
        Thread.sleep(Long.MAX_VALUE);
    }
}
