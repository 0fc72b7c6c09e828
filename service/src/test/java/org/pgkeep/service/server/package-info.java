/** Tests of how servers are looked after, without servers. */
@NullMarked
package org.pgkeep.service.server;

import org.jspecify.annotations.NullMarked;
