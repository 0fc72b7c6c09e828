/**
 * Signs of life of those who work in a place.
 *
 * <p>Lives here: {@link org.pgkeep.vault.lease.Lease}, what somebody says to be doing and reading,
 * and {@link org.pgkeep.vault.lease.Leases}, how that is said, renewed and found to be over. The
 * one path: take, renew while the work goes on, renew once more before the result is published,
 * give back. Must never touch: what a lease protects.
 */
@NullMarked
package org.pgkeep.vault.lease;

import org.jspecify.annotations.NullMarked;
