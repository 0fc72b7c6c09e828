package org.pgkeep.service.document;

import java.util.List;
import java.util.Optional;
import org.pgkeep.engine.capture.CaptureFigures;
import org.pgkeep.engine.capture.CaptureState;
import org.pgkeep.engine.capture.CaptureWarning;
import org.pgkeep.engine.slot.SlotFigures;

/**
 * How the capture of a server's WAL is.
 *
 * @param state {@code Connecting}, {@code Streaming}, {@code SpoolFull} or {@code Closed}
 * @param synchronous whether commits wait for it
 * @param spoolBytes the WAL on this machine's disk, on its way into the vault
 * @param spoolMaxBytes the most there may be
 * @param slotStatus the slot's {@code wal_status}; empty while the server does not say
 * @param slotRetainedBytes the WAL the server keeps for pgkeep
 * @param slotSafeBytes the WAL that can be written before it gives that up; empty where it never
 *     does
 * @param warnings what somebody should look after, in sentences
 */
public record CaptureView(
        String state,
        boolean synchronous,
        long spoolBytes,
        long spoolMaxBytes,
        Optional<String> slotStatus,
        Optional<Long> slotRetainedBytes,
        Optional<Long> slotSafeBytes,
        List<String> warnings) {
    /** The engine's figures as a document. */
    public static CaptureView of(CaptureState state, CaptureFigures figures) {
        return new CaptureView(
                switch (state) {
                    case CaptureState.Connecting _ -> "Connecting";
                    case CaptureState.Streaming _ -> "Streaming";
                    case CaptureState.Archiving _ -> "Archiving";
                    case CaptureState.SpoolFull _ -> "SpoolFull";
                    case CaptureState.Closed _ -> "Closed";
                },
                figures.synchronous(),
                figures.spoolBytes(),
                figures.spoolBytesMax(),
                figures.slot().map(SlotFigures::status),
                figures.slot().map(SlotFigures::retainedBytes),
                figures.slot().flatMap(SlotFigures::safeBytes),
                figures.warnings().stream().map(CaptureWarning::sentence).toList());
    }
}
