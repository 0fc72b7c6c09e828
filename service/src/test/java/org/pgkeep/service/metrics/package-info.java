/** Tests of what is measured. */
@NullMarked
package org.pgkeep.service.metrics;

import org.jspecify.annotations.NullMarked;
