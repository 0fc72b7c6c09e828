package org.pgkeep.cli.server;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.JobWatch;
import org.pgkeep.cli.face.NamedServer;
import org.pgkeep.cli.face.NotYet;
import org.pgkeep.cli.face.WaitOption;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code server create}: a managed server, and its first snapshot at once. */
@Command(
        name = "create",
        header = "Create a PostgreSQL server under pgkeep's care.",
        description = {
            "",
            "Makes a new data directory in pgkeep's home, starts PostgreSQL on it, captures its WAL"
                    + " from the first byte and takes the first snapshot. The server listens on"
                    + " 127.0.0.1 and lets roles with a password in.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep server create -n pg1 --wait",
            "  pgkeep server create -n pg1 --version 15 --port 5433 --wait",
            "Next:",
            "  pgkeep server show -n pg1     tells how to connect"
        })
public final class ServerCreate implements Runnable {
    private final Face face;
    @Mixin private final NamedServer server = new NamedServer();
    @Mixin private final WaitOption wait = new WaitOption();

    @Option(
            names = "--version",
            paramLabel = "N",
            description = "Major version of PostgreSQL (default: the newest on this machine).")
    private @Nullable Integer version;

    @Option(
            names = "--port",
            paramLabel = "N",
            description = "Port on 127.0.0.1 (default: a free one).")
    private @Nullable Integer port;

    @Option(
            names = {"--data-size-mb", "--dataSizeMb"},
            paramLabel = "N",
            description = "Size of the storage meant for the data; kept with the server.")
    private @Nullable Long dataSizeMb;

    @Option(
            names = {"--v-cores", "--vCores"},
            paramLabel = "N",
            description = "Compute size; kept with the server.")
    private @Nullable Integer vCores;

    @Option(
            names = {"--service-type", "--serviceType"},
            paramLabel = "TYPE",
            description = "Kind of Kubernetes service; kept with the server.")
    private @Nullable String serviceType;

    @Mixin private final CaptureOptions capture = new CaptureOptions();
    @Mixin private final KeepOptions keep = new KeepOptions();

    @Option(
            names = "--wal",
            paramLabel = "stream|archive",
            description =
                    "How its WAL comes: by replication (stream, default), or segment by segment by"
                            + " archive_command (archive), with up to a minute at risk.")
    private String wal = "stream";

    @Option(
            names = "--redundancy",
            paramLabel = "local|zone|geo",
            description =
                    "How often the vault keeps each object; it has to be the vault's own (default:"
                            + " what that is).")
    private @Nullable String redundancy;

    private ServerCreate(Face face) {
        this.face = face;
    }

    /** The command. */
    public static CommandLine command(Face face) {
        CommandLine line = new CommandLine(new ServerCreate(face));
        NotYet.options(line, Map.of("--workers", "server groups are"));
        return line;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        Json job = service.post("/servers", body());
        new JobWatch(face, service)
                .finish(
                        job,
                        wait,
                        () -> ServerText.table(List.of(service.get(server.path("")))),
                        done -> ServerText.table(List.of(done)));
    }

    private Json body() {
        Map<String, Json> options = new LinkedHashMap<>(keep.given());
        if (redundancy != null) {
            options.put("redundancy", Json.text(redundancy));
        }
        if (dataSizeMb != null) {
            options.put("dataSizeMb", Json.text(Long.toString(dataSizeMb)));
        }
        if (vCores != null) {
            options.put("vCores", Json.text(Integer.toString(vCores)));
        }
        if (!wal.equals("stream")) {
            options.put("wal", Json.text(wal));
        }
        if (serviceType != null) {
            options.put("serviceType", Json.text(serviceType));
        }
        capture.into(options);
        Map<String, Json> body = new LinkedHashMap<>();
        body.put("name", Json.text(server.name()));
        body.put("namespace", Json.text(server.namespace()));
        if (version != null) {
            body.put("version", Json.number(version));
        }
        if (port != null) {
            body.put("port", Json.number(port));
        }
        body.put("options", Json.object(options));
        return Json.object(body);
    }
}
