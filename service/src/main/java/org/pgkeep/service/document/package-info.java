/**
 * The documents that faces get to see, as {@code openapi.yaml} describes them.
 *
 * <p>Lives here: one record per document, its components named and ordered as the keys of the JSON,
 * and {@link org.pgkeep.service.document.Json}, which writes and reads them. The one path: the
 * service makes a document, Json writes it, a face prints it. Must never touch: the catalog, the
 * vault, HTTP.
 */
@NullMarked
package org.pgkeep.service.document;

import org.jspecify.annotations.NullMarked;
