/**
 * Commands about the vault as a whole and its tiers.
 *
 * <p>Lives here: one class per command, and how tiers look as text. The one path: ask the service,
 * print. Must never touch: a place.
 */
@NullMarked
package org.pgkeep.cli.vault;

import org.jspecify.annotations.NullMarked;
