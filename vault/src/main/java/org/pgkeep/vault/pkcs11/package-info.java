/**
 * The adapter for keys in PKCS#11 tokens: hardware modules, and the libraries with which cloud key
 * services appear as one.
 *
 * <p>Lives here: {@link org.pgkeep.vault.pkcs11.TokenKeyService}, a {@link
 * org.pgkeep.vault.KeyService} on the provider that comes with the JDK, and the reading of its
 * address. The one path: {@link org.pgkeep.vault.pkcs11.TokenKeyService#open} with an address.
 * Nothing of it is loaded until a key of that kind is asked for. Must never touch: the vault's
 * objects, or a key outside of its token.
 */
@NullMarked
package org.pgkeep.vault.pkcs11;

import org.jspecify.annotations.NullMarked;
