/** Tests of the wire: framing by hand-fed bytes, a scripted peer, and real servers. */
@NullMarked
package org.pgkeep.postgres.wire;

import org.jspecify.annotations.NullMarked;
