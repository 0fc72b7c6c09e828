@NullMarked
package org.pgkeep.places;

import org.jspecify.annotations.NullMarked;
