@NullMarked
package org.pgkeep.service.catalog;

import org.jspecify.annotations.NullMarked;
