package org.pgkeep.engine.slot;

import java.util.Optional;

/**
 * How a server's replication slot is, by {@code pg_replication_slots}.
 *
 * @param status {@code reserved}, {@code extended}, {@code unreserved} or {@code lost}
 * @param retainedBytes the WAL that the server keeps for it
 * @param safeBytes the WAL that can be written before the server gives it up; empty where it never
 *     does
 */
public record SlotFigures(String status, long retainedBytes, Optional<Long> safeBytes) {}
