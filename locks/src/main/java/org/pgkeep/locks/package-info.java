/**
 * Locks on the objects of S3 buckets, one by one.
 *
 * <p>Lives here: {@link org.pgkeep.locks.S3Locks}, which asks for and extends the retention of
 * single objects through the AWS SDK, the only library that can. The one path: {@link
 * org.pgkeep.places.StoragePlaces#lock} finds it by its entry in {@code META-INF/services}, if this
 * room's jar is on the class path; pgkeep does without it. Must never touch: objects themselves,
 * and no message may hold a credential.
 */
@NullMarked
package org.pgkeep.locks;

import org.jspecify.annotations.NullMarked;
