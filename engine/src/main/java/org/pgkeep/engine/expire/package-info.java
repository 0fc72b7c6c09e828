/**
 * What is kept of a server, how long, and why.
 *
 * <p>Lives here: {@link org.pgkeep.engine.expire.RetentionPolicy}, the promise; {@link
 * org.pgkeep.engine.expire.Expiry}, which snapshots and which WAL the promise needs, decided
 * without touching anything; {@link org.pgkeep.engine.expire.Expirer}, which reads the facts from
 * the vault and tells its sweep. The one path: facts, decision, plan, sweep. Must never touch:
 * names as a reason, a running server, the way objects are deleted.
 */
@NullMarked
package org.pgkeep.engine.expire;

import org.jspecify.annotations.NullMarked;
