/** Tests of how WAL is kept. */
@NullMarked
package org.pgkeep.engine.wal;

import org.jspecify.annotations.NullMarked;
