/**
 * What the command line does, seen from outside: words in, exit code and two streams out, requests
 * on the wire.
 *
 * <p>Lives here: {@code FakeService}, a real HTTP server with recorded documents on the service's
 * port, and the tests that run whole lines against it. The one path: {@code Ran.line("server list",
 * service)}. Must never touch: the service's classes.
 */
@NullMarked
package org.pgkeep.cli;

import org.jspecify.annotations.NullMarked;
