@NullMarked
package org.pgkeep.engine.drill;

import org.jspecify.annotations.NullMarked;
