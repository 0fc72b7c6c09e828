package org.pgkeep.postgres.wire;

import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;

/**
 * What a server says of itself on {@code IDENTIFY_SYSTEM}.
 *
 * @param systemIdentifier the cluster's number, unsigned, the same as in its control file
 * @param timeline the timeline it is on
 * @param flushed how far its WAL is flushed (a standby: received and flushed)
 */
public record SystemIdentity(long systemIdentifier, TimelineId timeline, Lsn flushed) {}
