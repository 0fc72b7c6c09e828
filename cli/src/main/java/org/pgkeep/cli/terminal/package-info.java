/**
 * What stands on the screen.
 *
 * <p>Lives here: {@link org.pgkeep.cli.terminal.Terminal}, the streams, the clock and the
 * environment of one run; {@link org.pgkeep.cli.terminal.Table}, rows under their columns; {@link
 * org.pgkeep.cli.terminal.Words}, sizes and spans as people read them; {@link
 * org.pgkeep.cli.terminal.ProgressLine}. The one path: a command hands over text, it goes to
 * standard output when it is the result and to standard error when it is not. Must never touch: the
 * service, JSON, picocli.
 */
@NullMarked
package org.pgkeep.cli.terminal;

import org.jspecify.annotations.NullMarked;
