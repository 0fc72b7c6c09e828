/** Tests of the way of a page into the vault. */
@NullMarked
package org.pgkeep.engine.snapshot;

import org.jspecify.annotations.NullMarked;
