@NullMarked
package org.pgkeep.service.job;

import org.jspecify.annotations.NullMarked;
