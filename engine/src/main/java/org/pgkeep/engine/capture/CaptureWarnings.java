package org.pgkeep.engine.capture;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.slot.SlotFigures;
import org.pgkeep.engine.slot.WalLimit;

/** When a capture's figures are a warning, and in which words. Pure. */
final class CaptureWarnings {
    /** Of the spool's bound. */
    private static final double SPOOL_NEARLY_FULL = 0.75;

    /** Of what the server keeps at most. */
    private static final double SLOT_NEARLY_LOST = 0.25;

    /** The server's disk is said to fill when what waits is more than this part of what is free. */
    private static final double DISK_FILLS = 0.5;

    private CaptureWarnings() {}

    /**
     * What is known.
     *
     * @param vaultTrouble why the vault takes nothing; empty when it does
     * @param slot empty while the server does not say
     * @param slotKnown whether the server was asked; then an empty slot is one that is gone
     * @param serverFreeBytes free space on the server's disk; empty where that can't be seen
     * @param waits whether the server makes commits wait for pgkeep
     * @param foreignNames somebody else's {@code synchronous_standby_names}
     */
    record Known(
            CaptureState state,
            String vaultTrouble,
            long spoolBytes,
            long spoolBytesMax,
            Optional<SlotFigures> slot,
            boolean slotKnown,
            Optional<Long> serverFreeBytes,
            boolean waits,
            String foreignNames) {}

    static List<CaptureWarning> of(CaptureSettings settings, Known known) {
        List<CaptureWarning> warnings = new ArrayList<>();
        ofState(known, warnings);
        if (!known.vaultTrouble().isEmpty()) {
            warnings.add(
                    new CaptureWarning(
                            CaptureWarning.Kind.VAULT_AWAY,
                            "the vault takes no WAL, it waits in the spool: "
                                    + known.vaultTrouble()));
        }
        if (known.spoolBytes() >= known.spoolBytesMax() * SPOOL_NEARLY_FULL) {
            warnings.add(
                    new CaptureWarning(
                            CaptureWarning.Kind.SPOOL_NEARLY_FULL,
                            "the spool holds "
                                    + mib(known.spoolBytes())
                                    + " of at most "
                                    + mib(known.spoolBytesMax())
                                    + "; when it is full, the server keeps the WAL"));
        }
        if (known.slotKnown()) {
            ofSlot(settings, known, warnings);
        }
        ofSynchrony(settings, known, warnings);
        return warnings;
    }

    private static void ofState(Known known, List<CaptureWarning> warnings) {
        switch (known.state()) {
            case CaptureState.Connecting(String trouble) -> {
                if (!trouble.isEmpty()) {
                    warnings.add(
                            new CaptureWarning(
                                    CaptureWarning.Kind.NOT_CAPTURED,
                                    "its WAL is not captured: " + trouble));
                }
            }
            case CaptureState.SpoolFull(String trouble) ->
                    warnings.add(new CaptureWarning(CaptureWarning.Kind.SPOOL_FULL, trouble));
            case CaptureState.Streaming _, CaptureState.Archiving _, CaptureState.Closed _ -> {}
        }
    }

    private static void ofSlot(
            CaptureSettings settings, Known known, List<CaptureWarning> warnings) {
        if (known.slot().isEmpty() || known.slot().get().status().equals("lost")) {
            warnings.add(
                    new CaptureWarning(
                            CaptureWarning.Kind.SLOT_LOST,
                            "the server keeps no WAL for pgkeep any more: what is missing becomes"
                                    + " a hole, and a new backup is taken"));
            return;
        }
        SlotFigures slot = known.slot().get();
        long kept = slot.retainedBytes();
        slot.safeBytes()
                .filter(safe ->
                        slot.status().equals("unreserved")
                                || safe < (kept + safe) * SLOT_NEARLY_LOST)
                .ifPresent(safe ->
                        warnings.add(
                                new CaptureWarning(
                                        CaptureWarning.Kind.SLOT_NEARLY_LOST,
                                        "the server keeps "
                                                + mib(kept)
                                                + " of WAL for pgkeep and gives that up when"
                                                + " another "
                                                + mib(safe)
                                                + " are written; then moments are lost until the"
                                                + " next backup")));
        boolean fills =
                known.serverFreeBytes().filter(free -> kept > free * DISK_FILLS).isPresent();
        if (fills && settings.limit().first() == WalLimit.First.RECOVERABILITY) {
            warnings.add(
                    new CaptureWarning(
                            CaptureWarning.Kind.SERVER_DISK_FILLS,
                            "the server keeps "
                                    + mib(kept)
                                    + " of WAL for pgkeep, its disk has "
                                    + mib(known.serverFreeBytes().get())
                                    + " left, and by your wish nothing is given up: it stops"
                                    + " when the disk is full"));
        }
    }

    private static void ofSynchrony(
            CaptureSettings settings, Known known, List<CaptureWarning> warnings) {
        boolean streams = known.state() instanceof CaptureState.Streaming;
        if (known.waits() && !streams) {
            warnings.add(
                    new CaptureWarning(
                            CaptureWarning.Kind.COMMITS_WAIT,
                            "commits on the server wait until pgkeep receives WAL again; to let"
                                    + " them go on without it: ALTER SYSTEM SET"
                                    + " synchronous_standby_names = ''; SELECT pg_reload_conf()"));
        }
        if (settings.synchronous() && !known.waits() && known.slotKnown()) {
            warnings.add(
                    new CaptureWarning(
                            CaptureWarning.Kind.NOT_SYNCHRONOUS,
                            known.foreignNames().isEmpty()
                                    ? "commits do not wait for pgkeep yet"
                                    : "commits do not wait for pgkeep: synchronous_standby_names is"
                                            + " \""
                                            + known.foreignNames()
                                            + "\"; name pgkeep in it"));
        }
    }

    private static String mib(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
