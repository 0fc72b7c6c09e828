/** Tests of finding, starting, watching and stopping servers; and the servers other tests use. */
@NullMarked
package org.pgkeep.postgres.instance;

import org.jspecify.annotations.NullMarked;
