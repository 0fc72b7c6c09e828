@NullMarked
package org.pgkeep.service;

import org.jspecify.annotations.NullMarked;
