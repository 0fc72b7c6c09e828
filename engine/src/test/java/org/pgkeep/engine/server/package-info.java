/** Tests of what managed servers are configured with. */
@NullMarked
package org.pgkeep.engine.server;

import org.jspecify.annotations.NullMarked;
