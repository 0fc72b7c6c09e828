package org.pgkeep.vault;

import java.util.function.Predicate;

/**
 * What a store can do besides that keeps several copies of each object. A store can't tell a good
 * copy from a damaged one: sealed bytes all look alike to it. Who opens objects can, and says so
 * here.
 */
public interface Copies {
    /**
     * An object did not open, or was not there. Gives every copy that can be reached to {@code
     * isGood}, replaces those that are not good by one that is, and from now on reads only good
     * ones.
     *
     * @param isGood whether the whole object opens
     * @return whether there is a good copy: what failed is worth another try
     */
    boolean heal(ObjectName name, Predicate<byte[]> isGood);
}
