@NullMarked
package org.pgkeep.service.keep;

import org.jspecify.annotations.NullMarked;
