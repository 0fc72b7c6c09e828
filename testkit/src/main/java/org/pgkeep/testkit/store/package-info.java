/**
 * Real object stores for tests, and a network that goes wrong on demand.
 *
 * <p>Lives here: servers that speak the protocols of S3 and of Azure Blob, each a process of its
 * own on the loopback address, and {@link org.pgkeep.testkit.store.FaultProxy}, which stands before
 * one and loses answers, cuts connections, corrupts and delays. The way in: start a server, make a
 * bucket or container, point the code under test at its port or at the proxy's; closing ends what
 * was started. Must never touch: any room of pgkeep.
 */
@NullMarked
package org.pgkeep.testkit.store;

import org.jspecify.annotations.NullMarked;
