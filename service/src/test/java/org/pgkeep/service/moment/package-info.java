@NullMarked
package org.pgkeep.service.moment;

import org.jspecify.annotations.NullMarked;
