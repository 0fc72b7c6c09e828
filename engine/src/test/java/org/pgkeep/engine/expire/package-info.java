@NullMarked
package org.pgkeep.engine.expire;

import org.jspecify.annotations.NullMarked;
