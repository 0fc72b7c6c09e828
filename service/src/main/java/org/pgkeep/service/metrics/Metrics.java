package org.pgkeep.service.metrics;

import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.pgkeep.engine.capture.CaptureFigures;
import org.pgkeep.engine.capture.CaptureState;
import org.pgkeep.engine.capture.CaptureWarning;

/**
 * The figures of all servers in Prometheus' text format. A scrape asks the captures, which answer
 * from memory (and one listing of the spool); it asks no server and no vault.
 */
public final class Metrics {
    /** What {@link #text} is, for the Content-Type header. */
    public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private static final String[] LABELS = {"namespace", "server", "id"};

    /**
     * A server as it is measured.
     *
     * @param running whether its postmaster runs
     * @param holes how many holes in its WAL were met since the service started
     */
    public record Measured(
            String namespace,
            String name,
            String id,
            boolean running,
            CaptureState state,
            CaptureFigures figures,
            int holes) {}

    private final Supplier<List<Measured>> servers;

    /** Metrics of those servers. */
    public Metrics(Supplier<List<Measured>> servers) {
        this.servers = servers;
    }

    /** The answer to a scrape. */
    public String text() {
        PrometheusRegistry registry = new PrometheusRegistry();
        Gauges gauges = new Gauges(registry);
        servers.get().forEach(gauges::add);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create().write(text, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    /** The gauges of one scrape: a server that went is not in the next one. */
    private static final class Gauges {
        private final Gauge running;
        private final Gauge streaming;
        private final Gauge riskSeconds;
        private final Gauge riskBytes;
        private final Gauge heldThrough;
        private final Gauge spoolBytes;
        private final Gauge spoolMax;
        private final Gauge slotRetained;
        private final Gauge slotSafe;
        private final Gauge slotStatus;
        private final Gauge synchronous;
        private final Gauge warning;
        private final Gauge holes;

        Gauges(PrometheusRegistry into) {
            running = gauge(into, "pgkeep_server_running", "1 while the server's postmaster runs.");
            streaming =
                    gauge(into, "pgkeep_wal_streaming", "1 while the server's WAL is received.");
            riskSeconds =
                    gauge(
                            into,
                            "pgkeep_wal_at_risk_seconds",
                            "How long ago the vault last held every commit; missing before it"
                                    + " first did.");
            riskBytes =
                    gauge(
                            into,
                            "pgkeep_wal_at_risk_bytes",
                            "WAL that the server has and the vault has not.");
            heldThrough =
                    gauge(
                            into,
                            "pgkeep_wal_held_through_timestamp_seconds",
                            "By the server's clock: every commit before it is in the vault.");
            spoolBytes =
                    gauge(
                            into,
                            "pgkeep_wal_spool_bytes",
                            "WAL on this machine's disk, on its way into the vault.");
            spoolMax =
                    gauge(
                            into,
                            "pgkeep_wal_spool_max_bytes",
                            "The most there may be in the spool.");
            slotRetained =
                    gauge(
                            into,
                            "pgkeep_wal_slot_retained_bytes",
                            "WAL that the server keeps for pgkeep.");
            slotSafe =
                    gauge(
                            into,
                            "pgkeep_wal_slot_safe_bytes",
                            "WAL that can be written before the server gives the slot up; missing"
                                    + " where it never does.");
            slotStatus =
                    Gauge.builder()
                            .name("pgkeep_wal_slot_status")
                            .help("1 for the slot's wal_status.")
                            .labelNames("namespace", "server", "id", "status")
                            .register(into);
            synchronous = gauge(into, "pgkeep_wal_synchronous", "1 while commits wait for pgkeep.");
            warning =
                    Gauge.builder()
                            .name("pgkeep_wal_warning")
                            .help("1 for each kind of trouble there is now, 0 for the others.")
                            .labelNames("namespace", "server", "id", "kind")
                            .register(into);
            holes =
                    gauge(
                            into,
                            "pgkeep_wal_holes",
                            "Holes in the WAL that were met since the service started.");
        }

        private static Gauge gauge(PrometheusRegistry into, String name, String help) {
            return Gauge.builder().name(name).help(help).labelNames(LABELS).register(into);
        }

        void add(Measured server) {
            CaptureFigures figures = server.figures();
            set(running, server, server.running() ? 1 : 0);
            set(streaming, server, server.state() instanceof CaptureState.Streaming ? 1 : 0);
            figures.atRisk().ifPresent(age -> set(riskSeconds, server, age.toMillis() / 1000.0));
            set(riskBytes, server, (double) figures.atRiskBytes());
            figures.heldThrough()
                    .ifPresent(at -> set(heldThrough, server, at.toEpochMilli() / 1000.0));
            set(spoolBytes, server, (double) figures.spoolBytes());
            set(spoolMax, server, (double) figures.spoolBytesMax());
            figures.slot()
                    .ifPresent(slot -> {
                        set(slotRetained, server, (double) slot.retainedBytes());
                        slot.safeBytes().ifPresent(safe -> set(slotSafe, server, (double) safe));
                        slotStatus
                                .labelValues(
                                        server.namespace(),
                                        server.name(),
                                        server.id(),
                                        slot.status())
                                .set(1);
                    });
            set(synchronous, server, figures.synchronous() ? 1 : 0);
            for (CaptureWarning.Kind kind : CaptureWarning.Kind.values()) {
                boolean now = figures.warnings().stream().anyMatch(each -> each.kind() == kind);
                warning.labelValues(
                                server.namespace(),
                                server.name(),
                                server.id(),
                                kind.name().toLowerCase(Locale.ROOT))
                        .set(now ? 1 : 0);
            }
            set(holes, server, server.holes());
        }

        private static void set(Gauge gauge, Measured server, double value) {
            gauge.labelValues(server.namespace(), server.name(), server.id()).set(value);
        }
    }
}
