/**
 * What works without a service.
 *
 * <p>Lives here: {@link org.pgkeep.cli.direct.DirectVault}, the options that name a vault and what
 * opens it, and what can be done with these alone. The one path: words, the vault opened in this
 * process, a file or a directory. Must never touch: what a vault holds.
 */
@NullMarked
package org.pgkeep.cli.direct;

import org.jspecify.annotations.NullMarked;
