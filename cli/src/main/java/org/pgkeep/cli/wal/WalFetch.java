package org.pgkeep.cli.wal;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.direct.DirectVault;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.cli.rest.ServiceFile;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code wal fetch}. */
@Command(
        name = "fetch",
        header = "Write a WAL file from the vault: for restore_command.",
        description = {
            "",
            "Gives out what was pushed and what was streamed alike. Ends with 0 when the file is"
                    + " written, and with 1 when the vault does not hold it, or not yet: recovery"
                    + " takes that for the end of the WAL. Where that can't be told, it ends with"
                    + " 200, and recovery stops instead of ending too early.",
            "Where no service runs, it reads the home's vault itself, or the one that is named, if it"
                    + " may.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  restore_command = 'pgkeep wal fetch %%f %%p -n pg1'",
            "  restore_command = 'pgkeep wal fetch %%f %%p -n pg1 --vault /mnt/vault --key-file /k'",
            "Next:",
            "  pgkeep ranges -n pg1     what is held"
        })
public final class WalFetch implements Callable<Integer> {
    private static final int DONE = 0;
    private static final int NOT_HELD = 1;
    private static final int REFUSED = 2;

    /** Above 125 recovery stops (wait_result_is_any_signal); above 128 a shell means a signal. */
    private static final int CANT_TELL = 200;

    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final DirectVault vault = new DirectVault();

    @Option(
            names = "--to",
            paramLabel = "LSN",
            description =
                    "Give out nothing from this position on, whatever came since; with --vault.")
    private @Nullable String end;

    @Parameters(index = "0", paramLabel = "FILE", description = "Its name: %%f.")
    private String file = "";

    @Parameters(index = "1", paramLabel = "PATH", description = "Where to write it: %%p.")
    private Path path = Path.of("");

    /** The command. */
    public WalFetch(Face face) {
        this.face = face;
    }

    @Override
    public Integer call() {
        try {
            Path into = path.toAbsolutePath();
            Path home = face.home();
            var environment = face.terminal().environment();
            if (vault.isWanted()
                    || end != null
                    || (!isServed(home) && vault.isPossible(home, environment))) {
                vault.fetch(home, environment, server, file, into, end);
            } else {
                String from = server.path("/wal/" + ServiceClient.part(file));
                face.service().download(from, into);
            }
            return DONE;
        } catch (Failure failure) {
            face.complain(failure);
            return exitCode(failure.code());
        }
    }

    /** A file of a service that may not be read is one. */
    private static boolean isServed(Path home) {
        try {
            return ServiceFile.find(home).isPresent();
        } catch (Failure unreadable) {
            return true;
        }
    }

    private static int exitCode(Code code) {
        return switch (code) {
            case WAL_NOT_HELD -> NOT_HELD;
            case BAD_ARGUMENT, UNKNOWN_SERVER -> REFUSED;
            default -> CANT_TELL;
        };
    }
}
