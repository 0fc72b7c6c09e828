package org.pgkeep.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.pgkeep.engine.archive.ServerArchive;
import org.pgkeep.engine.capture.CaptureListener;
import org.pgkeep.engine.capture.CaptureSettings;
import org.pgkeep.engine.capture.WalCapture;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.postgres.LocalSocket;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.store.DirectoryStore;

/** A capture in a process of its own, to be killed. */
final class CaptureProcess implements AutoCloseable {
    private final Process process;

    private CaptureProcess(Process process) {
        this.process = process;
    }

    static CaptureProcess start(World world, World.Kept of, boolean synchronous) {
        LocalSocket socket = of.server.place().socket();
        try {
            return new CaptureProcess(
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-XX:+UseSerialGC",
                                    "-XX:TieredStopAtLevel=1",
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    CaptureProcess.class.getName(),
                                    world.home().toString(),
                                    of.id().toString(),
                                    of.server.place().dataDirectory().toString(),
                                    socket.directory().toString(),
                                    Integer.toString(socket.port()),
                                    Boolean.toString(synchronous))
                            .redirectErrorStream(true)
                            .redirectOutput(
                                    ProcessBuilder.Redirect.appendTo(
                                            world.home().resolve("capture.log").toFile()))
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** SIGKILL: nothing is tidied up. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    void awaitEnd() {
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    /** What runs in the process. */
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        ServerId id = new ServerId(UUID.fromString(arguments[1]));
        Vault vault =
                Vault.open(
                        new DirectoryStore(home.resolve("vault")),
                        new VaultKey.KeyFile(new byte[32]),
                        new SecureRandom(),
                        InstantSource.system());
        CaptureSettings settings = World.QUICK.synchronously(Boolean.parseBoolean(arguments[5]));
        WalCapture capture =
                new WalCapture(
                        new ProtectedServer(
                                id,
                                Path.of(arguments[2]),
                                new LocalSocket(
                                        Path.of(arguments[3]), Integer.parseInt(arguments[4])),
                                ServerPlace.SUPERUSER),
                        new ServerArchive(vault, id).document().orElseThrow(),
                        vault,
                        home.resolve("spool").resolve(id.toString()),
                        settings,
                        InstantSource.system(),
                        CaptureListener.telling(System.out::println));
        capture.start();
        Thread.currentThread().join();
        if (!Files.exists(home)) {
            capture.close();
        }
    }

    static List<String> log(World world) {
        try {
            return Files.readAllLines(world.home().resolve("capture.log"));
        } catch (IOException e) {
            return List.of(e.toString());
        }
    }
}
