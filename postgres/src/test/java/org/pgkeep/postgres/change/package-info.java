@NullMarked
package org.pgkeep.postgres.change;

import org.jspecify.annotations.NullMarked;
