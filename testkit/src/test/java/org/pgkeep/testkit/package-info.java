/** Does the oracle itself tell right from wrong. */
@NullMarked
package org.pgkeep.testkit;

import org.jspecify.annotations.NullMarked;
