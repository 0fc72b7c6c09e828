/**
 * What is kept, what it takes and what it costs.
 *
 * <p>Lives here: {@link org.pgkeep.service.keep.Retention}, the sweeps and verdicts of a tier, and
 * {@link org.pgkeep.service.keep.TierRetentions}, which knows each tier's word on how long; {@link
 * org.pgkeep.service.keep.UsageAccount}, bytes, prices and the forecast; {@link
 * org.pgkeep.service.keep.SweepSchedule}, which has it swept from time to time. The one path: the
 * engine decides, the vault removes and counts, this room puts names and prices to it. Must never
 * touch: HTTP.
 */
@NullMarked
package org.pgkeep.service.keep;

import org.jspecify.annotations.NullMarked;
