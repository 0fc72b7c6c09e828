package org.pgkeep.postgres.instance;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;

/** Runs a program that ends by itself, and keeps what it said. */
final class ShortCommand {
    /** What is kept of the output: enough for any message, too little to hurt. */
    private static final int OUTPUT_BYTES_MAX = 64 << 10;

    /** Variables of the vendors of storage and keys, and whatever calls itself a secret. */
    private static final Pattern SECRETS =
            Pattern.compile(
                    "(AWS|AZURE|GOOGLE|GCS|VAULT)_.*|.*(SECRET|TOKEN|PASSWORD|PASSPHRASE|CREDENTIAL).*",
                    Pattern.CASE_INSENSITIVE);

    private ShortCommand() {}

    /**
     * How it went.
     *
     * @param exitCode 0 is good
     * @param output standard output and standard error, the first 64 KiB
     */
    record Result(int exitCode, String output) {}

    /**
     * Runs the program and waits for its end. Its output goes through a file, so that a child it
     * leaves behind can't hold us by an open pipe.
     *
     * @throws Failure SERVER_ERROR if it can't be run or does not end in time (it is killed then)
     */
    static Result run(List<String> command, Duration timeout) {
        Path output = null;
        InputStream said = InputStream.nullInputStream();
        try {
            output = Files.createTempFile("pgkeep-command", ".out");
            ProcessBuilder builder =
                    new ProcessBuilder(command)
                            .directory(Path.of("/").toFile())
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile());
            cleanEnvironment(builder.environment());
            said = Files.newInputStream(output);
            Process process = builder.start();
            // its name goes at once: if this process is killed, the file goes with the program
            deleteQuietly(output);
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new Failure(
                        Code.SERVER_ERROR,
                        command.getFirst() + " did not end within " + timeout.toSeconds() + " s",
                        "look whether the machine is overloaded or its disk hangs, then try again");
            }
            return new Result(
                    process.exitValue(),
                    new String(said.readNBytes(OUTPUT_BYTES_MAX), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new Failure(
                    Code.SERVER_ERROR,
                    "could not run " + command.getFirst() + ": " + e.getMessage(),
                    "look whether the program is installed and may be run by this user",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(
                    Code.INTERRUPTED,
                    "interrupted while running " + command.getFirst(),
                    "try again",
                    e);
        } finally {
            deleteQuietly(output);
            closeQuietly(said);
        }
    }

    private static void closeQuietly(InputStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            return; // it was read
        }
    }

    private static void deleteQuietly(@org.jspecify.annotations.Nullable Path file) {
        if (file == null) {
            return;
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            return; // a leftover of a few bytes in the temporary directory
        }
    }

    /**
     * Takes out what the caller's surroundings could change in a server or its tools: libpq's and
     * the server's {@code PG...}, the language of messages (they are read by pgkeep), and the
     * service manager's socket, which is meant for pgkeep and not for its children. And what opens
     * storage places: a superuser of a database could read it there.
     */
    static void cleanEnvironment(Map<String, String> environment) {
        environment
                .keySet()
                .removeIf(name ->
                        name.startsWith("PG")
                                || name.startsWith("LC_")
                                || name.equals("LANG")
                                || name.equals("LANGUAGE")
                                || name.equals("NOTIFY_SOCKET")
                                || SECRETS.matcher(name).matches());
        environment.put("LC_ALL", "C");
    }
}
