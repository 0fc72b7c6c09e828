package org.pgkeep.service.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.pgkeep.engine.ServerId;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.metrics.Metrics;

/** What the watches know, as it is measured. */
public final class Measurements {
    private Measurements() {}

    /** The watched servers whose capture was opened. */
    public static List<Metrics.Measured> of(ServerTable servers, Watches watches) {
        Map<ServerId, ServerWatch> all = watches.all();
        List<Metrics.Measured> measured = new ArrayList<>();
        for (ServerRow row : servers.all()) {
            ServerWatch watch = all.get(row.id());
            if (watch != null) {
                watch.capture()
                        .ifPresent(capture ->
                                measured.add(
                                        new Metrics.Measured(
                                                row.namespace(),
                                                row.name(),
                                                row.id().toString(),
                                                watch.health().running(),
                                                capture.state(),
                                                capture.figures(),
                                                watch.holes())));
            }
        }
        return measured;
    }
}
