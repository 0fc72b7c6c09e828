/** Tests of the index of the log; that it answers as the log itself is in WalIndexIT. */
@NullMarked
package org.pgkeep.engine.index;

import org.jspecify.annotations.NullMarked;
