@NullMarked
package org.pgkeep.service.home;

import org.jspecify.annotations.NullMarked;
