/**
 * The folder in which a service lives.
 *
 * <p>Lives here: where things are in it ({@link org.pgkeep.service.home.Home}), who holds it
 * ({@link org.pgkeep.service.home.HomeLock}), how faces find the service ({@link
 * org.pgkeep.service.home.ServiceFile}), and the door of its vault with the key and the recovery
 * kit ({@link org.pgkeep.service.home.VaultDoor}). The one path: prepare the folder, lock it, open
 * the vault. Must never touch: what is inside a server's or the vault's folder.
 */
@NullMarked
package org.pgkeep.service.home;

import org.jspecify.annotations.NullMarked;
