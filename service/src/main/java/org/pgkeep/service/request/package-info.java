/**
 * What can be asked of the service, checked before anything is changed.
 *
 * <p>Lives here: {@link org.pgkeep.service.request.ServerRequests}, {@link
 * org.pgkeep.service.request.BackupRequests}, {@link org.pgkeep.service.request.RestoreRequests}
 * and {@link org.pgkeep.service.request.HistoryRequests}, one class per noun of the REST API, and
 * {@link org.pgkeep.service.request.BackupSchedule}, which asks by itself. The one path: a request
 * is understood, refused with a sentence and a next step or turned into a job. Must never touch:
 * HTTP, a server's files.
 */
@NullMarked
package org.pgkeep.service.request;

import org.jspecify.annotations.NullMarked;
