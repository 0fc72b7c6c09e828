/**
 * Commands about the vault as a whole, its tiers, what it stores and what is swept from it.
 *
 * <p>Lives here: one class for each verb, and how tiers look as text. The one path: options become
 * one request, its answer becomes text or stays JSON. Must never touch: a place, another noun, the
 * service's classes.
 */
@NullMarked
package org.pgkeep.cli.vault;

import org.jspecify.annotations.NullMarked;
