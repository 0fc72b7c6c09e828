package org.pgkeep.testkit.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.pgkeep.testkit.Directories;

/**
 * An Azure Blob server: azurite, in memory. It is a program for Node, installed once by npm into
 * {@code <java.io.tmpdir>/pgkeep-azurite-<version>-<user>}: into a folder of its own, renamed when
 * complete, so that two processes may do it at once.
 */
public final class AzureServer implements AutoCloseable {
    /** The account there is. */
    public static final String ACCOUNT = "devstoreaccount1";

    /** Its key, which azurite's documentation publishes. */
    public static final String KEY =
            "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static final String VERSION = "3.37.0";
    private static final String PROGRAM = "node_modules/azurite/dist/src/blob/main.js";
    private static final String API = "2021-08-06";
    private static final int CREATED = 201;

    private final ServerProcess process;
    private final Path folder;
    private final int port;

    private AzureServer(ServerProcess process, Path folder, int port) {
        this.process = process;
        this.folder = folder;
        this.port = port;
    }

    /** What is missing on this machine; empty if nothing is. */
    public static Optional<String> missing() {
        for (String program : List.of("node", "npm")) {
            boolean found =
                    Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                            .anyMatch(each -> Files.isExecutable(Path.of(each, program)));
            if (!found) {
                return Optional.of(
                        "an Azure Blob server to test with needs "
                                + program
                                + " (on Debian: apt-get install nodejs npm)");
            }
        }
        return Optional.empty();
    }

    /** Starts a server with one empty container; in about two seconds once it is installed. */
    public static AzureServer start(String container) {
        try {
            Path program = installed().resolve(PROGRAM);
            Path folder = Files.createTempDirectory("pgkeep-azure");
            int port = ServerProcess.freePort();
            ServerProcess process =
                    ServerProcess.start(
                            List.of(
                                    "node",
                                    "--max-old-space-size=256",
                                    program.toString(),
                                    "--skipApiVersionCheck",
                                    "--disableTelemetry",
                                    "--inMemoryPersistence",
                                    "--silent",
                                    "--blobHost",
                                    "127.0.0.1",
                                    "--blobPort",
                                    Integer.toString(port)),
                            folder,
                            folder.resolve("printed"),
                            port);
            AzureServer server = new AzureServer(process, folder, port);
            server.make(container);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path installed() throws IOException {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        Path folder =
                temporary.resolve(
                        "pgkeep-azurite-" + VERSION + "-" + System.getProperty("user.name"));
        if (Files.isRegularFile(folder.resolve(PROGRAM))) {
            return folder;
        }
        Path fresh = Files.createTempDirectory(temporary, "pgkeep-azurite-new");
        Process npm =
                new ProcessBuilder(
                                "npm",
                                "install",
                                "--no-audit",
                                "--no-fund",
                                "--no-package-lock",
                                "--ignore-scripts",
                                "--omit=optional",
                                "--prefix",
                                fresh.toString(),
                                "azurite@" + VERSION)
                        .redirectErrorStream(true)
                        .start();
        String printed = new String(npm.getInputStream().readAllBytes(), UTF_8);
        try {
            if (npm.waitFor() != 0) {
                throw new IllegalStateException("npm could not install azurite:\n" + printed);
            }
            Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException another) {
            // another process was quicker
        } catch (IOException e) {
            if (!Files.isRegularFile(folder.resolve(PROGRAM))) {
                throw e;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while npm installs azurite", e);
        } finally {
            Directories.remove(fresh);
        }
        return folder;
    }

    /** Makes a container; the one call that pgkeep itself never makes. */
    private void make(String container) {
        try {
            String date =
                    DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
            String signed =
                    "PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:"
                            + date
                            + "\nx-ms-version:"
                            + API
                            + "\n/"
                            + ACCOUNT
                            + "/"
                            + ACCOUNT
                            + "/"
                            + container
                            + "\nrestype:container";
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(KEY), "HmacSHA256"));
            String signature =
                    Base64.getEncoder().encodeToString(mac.doFinal(signed.getBytes(UTF_8)));
            HttpURLConnection request =
                    (HttpURLConnection)
                            URI.create(endpoint() + "/" + container + "?restype=container")
                                    .toURL()
                                    .openConnection();
            request.setRequestMethod("PUT");
            request.setRequestProperty("x-ms-date", date);
            request.setRequestProperty("x-ms-version", API);
            request.setRequestProperty("Authorization", "SharedKey " + ACCOUNT + ":" + signature);
            request.setDoOutput(true);
            request.setFixedLengthStreamingMode(0);
            request.getOutputStream().close();
            if (request.getResponseCode() != CREATED) {
                throw new IllegalStateException(
                        "azurite made no container: " + request.getResponseMessage());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Where it listens, on the loopback address. */
    public int port() {
        return port;
    }

    /** Where it listens. */
    public String endpoint() {
        return "http://127.0.0.1:" + port + "/" + ACCOUNT;
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
