package org.pgkeep.engine.capture;

import org.pgkeep.postgres.TimelineId;

/** What a capture is doing. */
public sealed interface CaptureState {
    /**
     * It is not connected and tries again by itself.
     *
     * @param trouble why; empty before the first try
     */
    record Connecting(String trouble) implements CaptureState {}

    /** It receives the WAL of that timeline. */
    record Streaming(TimelineId timeline) implements CaptureState {}

    /**
     * As much WAL waits for the vault as may: the server keeps what comes next.
     *
     * @param trouble a sentence about it
     */
    record SpoolFull(String trouble) implements CaptureState {}

    /** The server hands over the WAL of that timeline segment by segment. */
    record Archiving(TimelineId timeline) implements CaptureState {}

    /** It was closed. */
    record Closed() implements CaptureState {}
}
