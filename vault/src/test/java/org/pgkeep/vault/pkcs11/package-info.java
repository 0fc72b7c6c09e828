@NullMarked
package org.pgkeep.vault.pkcs11;

import org.jspecify.annotations.NullMarked;
