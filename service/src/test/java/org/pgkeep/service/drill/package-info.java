@NullMarked
package org.pgkeep.service.drill;

import org.jspecify.annotations.NullMarked;
