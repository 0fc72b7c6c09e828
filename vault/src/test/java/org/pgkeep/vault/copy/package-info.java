/** Tests of stores with several copies. */
@NullMarked
package org.pgkeep.vault.copy;

import org.jspecify.annotations.NullMarked;
