/** Tests of when backups are taken. */
@NullMarked
package org.pgkeep.service.schedule;

import org.jspecify.annotations.NullMarked;
