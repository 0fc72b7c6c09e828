package org.pgkeep.testkit.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.pgkeep.testkit.Directories;

/**
 * An S3 server with versions and object locks: a whole Ceph cluster of one monitor, manager, object
 * daemon (in memory) and gateway, from Debian's packages. Starts in about 15 s and takes half a
 * gigabyte, so it is for slow suites.
 */
public final class CephServer implements AutoCloseable {
    /** The one who may use it. */
    public static final String ACCESS_KEY = "pgkeep-test";

    /** His secret. */
    public static final String SECRET_KEY = "a-secret-that-no-message-repeats";

    /** A bucket whose objects can be locked; which also means that it has versions. */
    public static final String LOCKED_BUCKET = "locked";

    private final Deque<ServerProcess> open = new ArrayDeque<>();
    private final Path folder;
    private final int port;

    private CephServer(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /** What is missing on this machine; empty if nothing is. */
    public static Optional<String> missing() {
        return Stream.of("ceph-mon", "ceph-mgr", "ceph-osd", "radosgw", "radosgw-admin", "ceph")
                .filter(program -> !Files.isExecutable(Path.of("/usr/bin", program)))
                .findFirst()
                .map(program ->
                        "a Ceph gateway to test with needs "
                                + program
                                + " (on Debian: apt-get install --no-install-recommends ceph-mon"
                                + " ceph-mgr ceph-osd ceph-common radosgw)");
    }

    /** Starts a cluster with an empty bucket, and {@link #LOCKED_BUCKET} beside it. */
    public static CephServer start(String bucket) {
        try {
            int port = ServerProcess.freePort();
            CephServer server = new CephServer(Files.createTempDirectory("pgkeep-ceph"), port);
            try {
                server.begin(bucket);
                return server;
            } catch (IOException | RuntimeException e) {
                server.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void begin(String bucket) throws IOException {
        for (String each : List.of("mon.a", "mgr.x", "osd.0", "rgw", "run")) {
            Files.createDirectory(folder.resolve(each));
        }
        int monitor = ServerProcess.freePort();
        int old = ServerProcess.freePort();
        String at = "[v2:127.0.0.1:" + monitor + "/0,v1:127.0.0.1:" + old + "/0]";
        String cluster = UUID.randomUUID().toString();
        Files.writeString(folder.resolve("ceph.conf"), settings(cluster, at));
        keys();
        String map = folder.resolve("monmap").toString();
        run("monmaptool", "--create", "--fsid", cluster, "--addv", "a", at, map);
        String keyring = folder.resolve("keyring").toString();
        run("ceph-mon", "--mkfs", "-i", "a", "--monmap", map, "--keyring", keyring);
        daemon(monitor, "ceph-mon", "-f", "-i", "a");
        daemon("ceph-mgr", "-f", "-i", "x");
        String disk = UUID.randomUUID().toString();
        run("ceph", "osd", "new", disk, "0");
        run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk);
        daemon("ceph-osd", "-f", "-i", "0");
        daemon(port, "radosgw", "-f", "-n", "client.rgw");
        run(
                "radosgw-admin",
                "user",
                "create",
                "--uid",
                "test",
                "--display-name",
                "test",
                "--access-key",
                ACCESS_KEY,
                "--secret-key",
                SECRET_KEY);
        Buckets.make(endpoint(), ACCESS_KEY, SECRET_KEY, bucket, false);
        Buckets.make(endpoint(), ACCESS_KEY, SECRET_KEY, LOCKED_BUCKET, true);
    }

    private String settings(String cluster, String at) {
        return """
        [global]
        fsid = CLUSTER
        mon host = MONITOR
        public addr = 127.0.0.1
        auth cluster required = cephx
        auth service required = cephx
        auth client required = cephx
        osd pool default size = 1
        osd pool default min size = 1
        osd pool default pg num = 1
        osd pool default pgp num = 1
        osd pool default pg autoscale mode = off
        mon allow pool size one = true
        mon initial members = a
        osd crush chooseleaf type = 0
        keyring = FOLDER/keyring
        run dir = FOLDER/run
        admin socket = FOLDER/run/$name.asok
        log file = FOLDER/$name.log
        pid file = FOLDER/run/$name.pid
        crash dir = FOLDER/run
        [mon.a]
        mon data = FOLDER/mon.a
        [mgr]
        mgr data = FOLDER/mgr.x
        mgr initial modules =
        [osd]
        osd data = FOLDER/osd.0
        osd objectstore = memstore
        memstore device bytes = 2147483648
        [client.rgw]
        rgw frontends = beast endpoint=127.0.0.1:PORT
        rgw data = FOLDER/rgw
        rgw enable usage log = false
        """
                .replace("CLUSTER", cluster)
                .replace("MONITOR", at)
                .replace("FOLDER", folder.toString())
                .replace("PORT", Integer.toString(port));
    }

    private void keys() throws IOException {
        String file = folder.resolve("keyring").toString();
        String all = "allow *";
        run("ceph-authtool", "-C", file, "--gen-key", "-n", "mon.", "--cap", "mon", all);
        run(
                "ceph-authtool",
                file,
                "--gen-key",
                "-n",
                "client.admin",
                "--cap",
                "mon",
                all,
                "--cap",
                "osd",
                all,
                "--cap",
                "mgr",
                all);
        run(
                "ceph-authtool",
                file,
                "--gen-key",
                "-n",
                "osd.0",
                "--cap",
                "mon",
                "allow profile osd",
                "--cap",
                "osd",
                all,
                "--cap",
                "mgr",
                "allow profile osd");
        run(
                "ceph-authtool",
                file,
                "--gen-key",
                "-n",
                "mgr.x",
                "--cap",
                "mon",
                "allow profile mgr",
                "--cap",
                "osd",
                all);
        run(
                "ceph-authtool",
                file,
                "--gen-key",
                "-n",
                "client.rgw",
                "--cap",
                "mon",
                "allow rw",
                "--cap",
                "osd",
                "allow rwx");
    }

    private List<String> command(String... words) {
        List<String> command = new ArrayList<>(List.of(words));
        command.addAll(1, List.of("-c", folder.resolve("ceph.conf").toString()));
        return command;
    }

    private void daemon(String... words) {
        open.push(ServerProcess.start(command(words), folder, folder.resolve(words[0] + ".out")));
    }

    private void daemon(int listens, String... words) {
        open.push(
                ServerProcess.start(
                        command(words), folder, folder.resolve(words[0] + ".out"), listens));
    }

    private void run(String... words) throws IOException {
        Process process = new ProcessBuilder(command(words)).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", words) + " failed:\n" + printed);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a cluster starts", e);
        }
    }

    /** Where it listens, on the loopback address. */
    public int port() {
        return port;
    }

    /** Where it listens. */
    public String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            open.pop().close();
        }
        try {
            Directories.remove(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
