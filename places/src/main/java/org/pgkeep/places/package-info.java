/**
 * Storage places: which kinds there are, and how each is reached.
 *
 * <p>Lives here: {@link org.pgkeep.places.StoragePlaces}, which turns an address into a store, and
 * the adapters of {@link org.pgkeep.vault.ObjectStore} for Amazon S3 and what speaks its protocol,
 * Azure Blob Storage and Google Cloud Storage. The one path: an address is opened with the
 * credentials that the environment or a file holds; a call waits for bandwidth and for room in
 * memory, is asked of the service under a deadline, is tried again when that can help, and a put is
 * held against the digest of what the service has. Must never touch: keys or clear bytes (an
 * adapter sees sealed objects alone), and no message, log or exception may hold a credential.
 */
@NullMarked
package org.pgkeep.places;

import org.jspecify.annotations.NullMarked;
