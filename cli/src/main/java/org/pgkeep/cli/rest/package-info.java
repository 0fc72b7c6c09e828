/**
 * The way to the service.
 *
 * <p>Lives here: {@link org.pgkeep.cli.rest.ServiceFile}, which says where the service listens and
 * with which token; {@link org.pgkeep.cli.rest.ServiceClient}, one request, one answer; {@link
 * org.pgkeep.cli.rest.Json}, the documents that pass. The one path: file, request, document, or the
 * {@link org.pgkeep.failure.Failure} that the service sent. Must never touch: the service's
 * classes, and {@code java.net.http.HttpClient}, which takes 400 ms to start.
 */
@NullMarked
package org.pgkeep.cli.rest;

import org.jspecify.annotations.NullMarked;
