package org.pgkeep.service.server;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.pgkeep.engine.ServerId;
import org.pgkeep.engine.capture.CaptureSettings;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.vault.Vault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The watches over the servers that are to run. Its lock guards the list, and nothing slow. */
public final class Watches {
    private static final Logger LOG = LoggerFactory.getLogger(Watches.class);

    private final Places places;
    private final Vault vault;
    private final CaptureSettings settings;
    private final InstantSource clock;
    private final WalDoors doors;
    private final Map<ServerId, ServerWatch> watches = new HashMap<>();
    private volatile Consumer<ServerId> onHole = id -> LOG.error("hole in the WAL of {}", id);

    /** No watches as yet. */
    public Watches(
            Places places,
            Vault vault,
            CaptureSettings settings,
            InstantSource clock,
            WalDoors doors) {
        this.doors = doors;
        this.places = places;
        this.vault = vault;
        this.settings = settings;
        this.clock = clock;
    }

    /** Names who hears of servers whose WAL was lost in part; before the first watch. */
    public void onHole(Consumer<ServerId> listener) {
        onHole = listener;
    }

    /**
     * The watch over a server, which begins if there is none.
     *
     * @throws Failure {@code NO_BINARIES}
     */
    public ServerWatch watch(ServerRow row) {
        synchronized (watches) {
            ServerWatch known = watches.get(row.id());
            if (known != null) {
                return known;
            }
            ServerWatch fresh =
                    new ServerWatch(
                            places.of(row),
                            vault,
                            places.spool(row.id()),
                            CaptureWishes.of(row.settings(), settings),
                            clock,
                            () -> onHole.accept(row.id()));
            watches.put(row.id(), fresh);
            doors.open(row);
            fresh.start();
            return fresh;
        }
    }

    /** Every watch there is, by server. */
    public Map<ServerId, ServerWatch> all() {
        synchronized (watches) {
            return Map.copyOf(watches);
        }
    }

    /** A server's settings changed: its capture goes on with them. Nothing is lost meanwhile. */
    public void adopt(ServerRow row) {
        find(row.id()).ifPresent(watch -> watch.adopt(CaptureWishes.of(row.settings(), settings)));
    }

    /** The watch over a server. */
    public Optional<ServerWatch> find(ServerId id) {
        synchronized (watches) {
            return Optional.ofNullable(watches.get(id));
        }
    }

    /** Ends the watch over a server; no complaint if there is none. */
    public Optional<ServerWatch> release(ServerId id, boolean stopServer) {
        Optional<ServerWatch> found = find(id);
        try {
            found.ifPresent(watch -> watch.end(stopServer));
        } finally {
            synchronized (watches) {
                watches.remove(id);
                doors.shut(id);
            }
        }
        return found;
    }

    /** Ends all watches, side by side. */
    public void close(boolean stopServers) {
        List<ServerId> all;
        synchronized (watches) {
            all = List.copyOf(watches.keySet());
        }
        List<Thread> ending = new ArrayList<>();
        for (ServerId id : all) {
            ending.add(Thread.ofVirtual().start(() -> releaseLogged(id, stopServers)));
        }
        for (Thread each : ending) {
            try {
                each.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void releaseLogged(ServerId id, boolean stopServer) {
        try {
            Optional<ServerWatch> _ = release(id, stopServer);
        } catch (Failure failure) {
            LOG.warn("ending the watch over {}: {}", id, failure.message());
        }
    }
}
