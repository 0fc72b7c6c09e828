/** Tests of the engine as a whole: no service runs here. */
@NullMarked
package org.pgkeep.engine;

import org.jspecify.annotations.NullMarked;
