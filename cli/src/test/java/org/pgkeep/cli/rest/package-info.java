/** Tests of the room's own corner: no network but loopback, no service. */
@NullMarked
package org.pgkeep.cli.rest;

import org.jspecify.annotations.NullMarked;
