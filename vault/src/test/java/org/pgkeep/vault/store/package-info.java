@NullMarked
package org.pgkeep.vault.store;

import org.jspecify.annotations.NullMarked;
