package org.pgkeep.cli.run;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.demo.Demo;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demo}: the tour. */
@Command(
        name = "demo",
        header = "The tour: lose a table, and bring it back, on a real PostgreSQL.",
        description = {
            "",
            "In a temporary home: creates a server, lets clients write, takes an encrypted snapshot"
                    + " while they do, drops a table by mistake, finds that moment in the WAL,"
                    + " restores a new server to just before it, and checks the result against what"
                    + " the clients know. Takes less than two minutes, asks nothing, and cleans up.",
            "Exit code 0 only if every transaction was where it belongs.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep demo",
            "  pgkeep demo --keep     leaves it running, and tells how to look at it",
            "Next:",
            "  pgkeep up --detach     starts pgkeep for your own servers"
        })
public final class DemoTour implements Callable<Integer> {
    private final Face face;

    @Option(
            names = "--keep",
            description = "Leave service and servers running at the end, and tell how to look.")
    private boolean keep;

    /** The command. */
    public DemoTour(Face face) {
        this.face = face;
    }

    @Override
    public Integer call() {
        Path launcher =
                face.terminal()
                        .launcher()
                        .orElseThrow(() ->
                                new Failure(
                                        Code.BAD_ARGUMENT,
                                        "the demo works only through the launcher",
                                        "call ./pgkeep demo"));
        return Demo.run(launcher, keep, face.terminal().out(), face.terminal().err());
    }
}
