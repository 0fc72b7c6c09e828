@NullMarked
package org.pgkeep.locks;

import org.jspecify.annotations.NullMarked;
