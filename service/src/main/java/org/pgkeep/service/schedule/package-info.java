/**
 * When backups are taken by themselves.
 *
 * <p>Lives here: {@link org.pgkeep.service.schedule.BackupTimes}, what a server's settings say, and
 * the cron expressions they may hold. The one path: settings to times, times and now to a yes or
 * no. Must never touch: the clock, the vault or the catalog; who asks brings the moments.
 */
@NullMarked
package org.pgkeep.service.schedule;

import org.jspecify.annotations.NullMarked;
