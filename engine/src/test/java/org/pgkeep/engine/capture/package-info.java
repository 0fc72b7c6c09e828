/** Tests of how WAL is captured. */
@NullMarked
package org.pgkeep.engine.capture;

import org.jspecify.annotations.NullMarked;
