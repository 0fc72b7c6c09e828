package org.pgkeep.testkit.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.pgkeep.testkit.Directories;

/**
 * An S3 server: s3proxy over its own memory, with real conditional puts and listings. It knows no
 * versions and no object locks. (Over a folder it lists what is still being written.)
 */
public final class S3Server implements AutoCloseable {
    /** System property: the jar of s3proxy with its dependencies; else it lies in the build. */
    public static final String JAR_PROPERTY = "pgkeep.s3proxy";

    /** The one who may use it. */
    public static final String ACCESS_KEY = "pgkeep-test";

    /** His secret. */
    public static final String SECRET_KEY = "a secret that no message repeats";

    private final ServerProcess process;
    private final Path folder;
    private final int port;

    private S3Server(ServerProcess process, Path folder, int port) {
        this.process = process;
        this.folder = folder;
        this.port = port;
    }

    /** Starts a server with one empty bucket; in about two seconds. */
    public static S3Server start(String bucket) {
        Path jar = jar();
        try {
            Path folder = Files.createTempDirectory("pgkeep-s3");
            int port = ServerProcess.freePort();
            Path settings =
                    Files.writeString(
                            folder.resolve("s3proxy.conf"),
                            String.join(
                                    "\n",
                                    "s3proxy.endpoint=http://127.0.0.1:" + port,
                                    "s3proxy.authorization=aws-v2-or-v4",
                                    "s3proxy.identity=" + ACCESS_KEY,
                                    "s3proxy.credential=" + SECRET_KEY,
                                    "jclouds.provider=transient",
                                    ""));
            ServerProcess process =
                    ServerProcess.start(
                            List.of(
                                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                    "-Xmx512m",
                                    "-XX:+UseSerialGC",
                                    "-XX:TieredStopAtLevel=1",
                                    "-jar",
                                    jar.toString(),
                                    "--properties",
                                    settings.toString()),
                            folder,
                            folder.resolve("printed"),
                            port);
            S3Server server = new S3Server(process, folder, port);
            Buckets.make(server.endpoint(), ACCESS_KEY, SECRET_KEY, bucket, false);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path jar() {
        String named = System.getProperty(JAR_PROPERTY, "");
        Path jar =
                named.isEmpty()
                        ? OwnPlace.target().resolve("servers").resolve("s3proxy.jar")
                        : Path.of(named);
        if (!Files.isRegularFile(jar)) {
            throw new IllegalStateException(
                    "there is no "
                            + jar
                            + "; the build puts it there (./mvnw -pl testkit generate-test-resources)"
                            + ", the system property "
                            + JAR_PROPERTY
                            + " names another one");
        }
        return jar;
    }

    /** Where it listens, on the loopback address. */
    public int port() {
        return port;
    }

    /** Where it listens. */
    public String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    /** Everything it printed, for when a test fails. */
    public String printed() {
        try {
            return Files.readString(folder.resolve("printed"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.close();
        try {
            Directories.remove(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
