@NullMarked
package org.pgkeep.service.request;

import org.jspecify.annotations.NullMarked;
