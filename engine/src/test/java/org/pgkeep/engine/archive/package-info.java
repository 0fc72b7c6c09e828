/** Tests of what is kept of a server. */
@NullMarked
package org.pgkeep.engine.archive;

import org.jspecify.annotations.NullMarked;
