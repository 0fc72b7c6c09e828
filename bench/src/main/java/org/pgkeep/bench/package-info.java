/**
 * Measurements of the hot loops, and the engine driven for comparisons with other tools.
 *
 * <p>Lives here: one class for each JMH benchmark ({@link org.pgkeep.bench.SealPages}, {@link
 * org.pgkeep.bench.OpenPages}, {@link org.pgkeep.bench.ChecksumPages}, {@link
 * org.pgkeep.bench.ParseWal}), the data they work on, and {@link org.pgkeep.bench.PeerDriver},
 * which the script beside this module times from outside. The one path: made-up data with a fixed
 * seed, the product's own call, a figure in MiB a second. Each benchmark checks once that its call
 * does the right thing: a fast wrong answer is no measurement. Must never touch: the service, or
 * what a user's command does.
 */
@NullMarked
package org.pgkeep.bench;

import org.jspecify.annotations.NullMarked;
