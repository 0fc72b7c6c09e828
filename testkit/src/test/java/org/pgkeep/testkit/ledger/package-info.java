/** Does the judge find what is wrong, and only that. */
@NullMarked
package org.pgkeep.testkit.ledger;

import org.jspecify.annotations.NullMarked;
