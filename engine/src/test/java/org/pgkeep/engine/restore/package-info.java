/** Tests of how snapshots come back. */
@NullMarked
package org.pgkeep.engine.restore;

import org.jspecify.annotations.NullMarked;
