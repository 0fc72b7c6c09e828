package org.pgkeep.vault;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The forms an object has had. Nothing is ever changed in place, so an object that is sealed anew
 * with a later generation of the keys gets another name: its own and {@code .g<generation>} behind
 * it. What refers to it goes on using its own name.
 *
 * <p>A new form is durable before an older one is deleted, and forms come in rising order of their
 * generations: whoever looks for them in that order, the object's own name first, never misses an
 * object that is there.
 */
public final class Forms {
    private static final Pattern FORM = Pattern.compile("(.+)\\.g([1-9][0-9]{0,9})");

    private Forms() {}

    /** The name that others refer to it by. */
    public static ObjectName own(ObjectName form) {
        Matcher matcher = FORM.matcher(form.text());
        return matcher.matches() ? new ObjectName(matcher.group(1)) : form;
    }

    /** The name of its form of that generation. */
    static ObjectName of(ObjectName own, int generation) {
        return new ObjectName(own.text() + ".g" + generation);
    }

    /** All names it may have, in the order in which to look. */
    static List<ObjectName> all(ObjectName own, List<Integer> generations) {
        List<ObjectName> names = new ArrayList<>(generations.size());
        names.add(own);
        for (int generation : generations) {
            // the first generation is where every object of a vault begins
            if (generation > 1) {
                names.add(of(own, generation));
            }
        }
        return names;
    }
}
