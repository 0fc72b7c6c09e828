/**
 * The REST API: HTTP on the loopback interface, as {@code openapi.yaml} describes it.
 *
 * <p>Lives here: {@link org.pgkeep.service.rest.RestApi} (routes, the token, errors) and {@link
 * org.pgkeep.service.rest.Body} (what comes in). The one path: the token is checked, the request is
 * understood, one call into {@code request}, the document goes out. Must never touch: the catalog,
 * the vault, a server.
 */
@NullMarked
package org.pgkeep.service.rest;

import org.jspecify.annotations.NullMarked;
