package org.pgkeep.vault.copy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Decides which of the copies of a name counts. Pure.
 *
 * <p>A name at a location is a register that takes one value and keeps it: put-if-absent. Three
 * such registers decide between writers as a vote does:
 *
 * <ul>
 *   <li>two equal copies are a majority, and no other value can ever have one;
 *   <li>three different copies are a vote without a majority; since all three registers are full
 *       nobody can have been told that they won, and the copy of the first location counts;
 *   <li>where a register is still empty the vote goes on, and whoever looks fills it with a value
 *       that is there already, the first location's before others: so a vote that its writer left
 *       by crashing is ended by the next one who cares;
 *   <li>while a location is away whose register could decide either way, nothing is decided, and
 *       nobody is told that they won.
 * </ul>
 *
 * <p>A mark that names the digest of the winner is written to two locations before a losing copy is
 * taken away, and before a writer is told that they won with fewer than three copies. A mark is
 * therefore always true, and ends every vote: an empty register next to it is one that was emptied,
 * or lost, not one that is free.
 */
final class Ballot {
    private Ballot() {}

    /** What a location holds under a name. */
    sealed interface Vote {
        /** It did not answer. */
        record Away() implements Vote {}

        /** It holds nothing. */
        record Absent() implements Vote {}

        /** It holds these bytes. */
        @SuppressWarnings("ArrayRecordComponent")
        record Held(byte[] bytes) implements Vote {}
    }

    /** What the votes say. */
    sealed interface Decision {
        /** These bytes count, now and for ever. */
        @SuppressWarnings("ArrayRecordComponent")
        record Winner(byte[] bytes) implements Decision {}

        /** Nothing counts yet; these bytes are to be put where there is nothing. */
        @SuppressWarnings("ArrayRecordComponent")
        record Help(byte[] bytes) implements Decision {}

        /** Two locations are away, and the third holds this. */
        @SuppressWarnings("ArrayRecordComponent")
        record Alone(byte[] bytes) implements Decision {}

        /** No copy was ever committed. */
        record Nothing() implements Decision {}

        /** Who could tell is away. */
        record Open() implements Decision {}
    }

    /**
     * Decides.
     *
     * @param votes of the three locations in their order
     * @param won the digest that a mark names, if any location has one
     */
    static Decision decide(List<Vote> votes, Optional<byte[]> won) {
        List<byte[]> held =
                votes.stream()
                        .filter(Vote.Held.class::isInstance)
                        .map(vote -> ((Vote.Held) vote).bytes())
                        .toList();
        if (won.isPresent()) {
            for (byte[] bytes : held) {
                if (Arrays.equals(ZoneNames.digest(bytes), won.get())) {
                    return new Decision.Winner(bytes);
                }
            }
            return new Decision.Open();
        }
        for (int i = 0; i < held.size(); i++) {
            for (int j = i + 1; j < held.size(); j++) {
                if (Arrays.equals(held.get(i), held.get(j))) {
                    return new Decision.Winner(held.get(i));
                }
            }
        }
        long absent = votes.stream().filter(Vote.Absent.class::isInstance).count();
        if (held.size() == votes.size()) {
            return new Decision.Winner(held.getFirst());
        }
        if (held.isEmpty()) {
            return absent >= 2 ? new Decision.Nothing() : new Decision.Open();
        }
        if (absent > 0) {
            return new Decision.Help(held.getFirst());
        }
        return held.size() == 1 ? new Decision.Alone(held.getFirst()) : new Decision.Open();
    }
}
