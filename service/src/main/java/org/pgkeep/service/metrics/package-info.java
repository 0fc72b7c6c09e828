/**
 * What is measured, for Prometheus.
 *
 * <p>Lives here: {@link org.pgkeep.service.metrics.Metrics}, which asks those who know at each
 * scrape and keeps no figure of its own. The one path: who knows, a gauge, text. Must never touch:
 * a server, a vault: a scrape that waits for either would say nothing just when it matters.
 */
@NullMarked
package org.pgkeep.service.metrics;

import org.jspecify.annotations.NullMarked;
