@NullMarked
package org.pgkeep.vault;

import org.jspecify.annotations.NullMarked;
