@NullMarked
package org.pgkeep.vault.seal;

import org.jspecify.annotations.NullMarked;
