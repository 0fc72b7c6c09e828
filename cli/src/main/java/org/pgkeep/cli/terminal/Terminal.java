package org.pgkeep.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;

/**
 * What one run of the command line has around it.
 *
 * @param out for results
 * @param err for everything else
 * @param live whether somebody looks at {@code err} on a terminal, so that a line may be redrawn
 * @param environment the variables
 * @param user the name of the user who runs it
 * @param userHome the user's own folder
 * @param launcher the {@code pgkeep} that was called; empty where the class was started otherwise
 * @param zone where the user's clock stands
 * @param clock the clock
 * @param pause waits
 */
public record Terminal(
        PrintStream out,
        PrintStream err,
        boolean live,
        Map<String, String> environment,
        String user,
        Path userHome,
        Optional<Path> launcher,
        ZoneId zone,
        InstantSource clock,
        Pause pause) {

    /** The variable that asks for errors as JSON: set for a service that is started detached. */
    public static final String ERRORS_VARIABLE = "PGKEEP_ERRORS";

    /** Waits; a test's does not. */
    @FunctionalInterface
    public interface Pause {
        /** Returns after the duration, or sooner when the thread is interrupted. */
        void sleep(Duration duration);
    }

    /**
     * That of this process. The launcher says with {@code -Dpgkeep.terminal} what is a terminal.
     */
    public static Terminal ofThisProcess() {
        return new Terminal(
                stream(FileDescriptor.out),
                stream(FileDescriptor.err),
                System.getProperty("pgkeep.terminal", "").contains("err"),
                System.getenv(),
                System.getProperty("user.name", ""),
                Path.of(System.getProperty("user.home", ".")),
                Optional.ofNullable(System.getProperty("pgkeep.launcher")).map(Path::of),
                ZoneId.systemDefault(),
                InstantSource.system(),
                Terminal::sleep);
    }

    /** Where pgkeep keeps its things when nothing else is said. */
    public Path defaultHome() {
        String said = environment.getOrDefault("PGKEEP_HOME", "");
        if (!said.isEmpty()) {
            return Path.of(said);
        }
        if (user.equals("root")) {
            return Path.of("/var/lib/pgkeep");
        }
        // as the shell reads ~: the variable first
        String shells = environment.getOrDefault("HOME", "");
        return (shells.isEmpty() ? userHome : Path.of(shells)).resolve(".pgkeep");
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    private static void sleep(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
