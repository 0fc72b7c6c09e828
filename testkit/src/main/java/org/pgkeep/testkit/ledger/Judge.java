package org.pgkeep.testkit.ledger;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Compares a {@link Copy} with the {@link Truth}.
 *
 * <p>The rules: nothing is there that did not commit; per writer nothing is missing below the
 * highest number that is there; nothing is missing that was acknowledged before something that is
 * there was sent, over all writers, by the clock and by the log; and what the target asks for and
 * forbids. The first three hold for every prefix of the log, whatever the target.
 */
final class Judge {
    private final Truth truth;
    private final Target target;
    private final long untilNanos;
    private final List<String> violations = new ArrayList<>();

    /** Where the first commit later than the target's instant may lie. */
    private final long firstLater;

    /** The transaction that the target lies just before. */
    private final Optional<Commit> justBehind;

    /**
     * @param untilNanos {@link Target.Latest} asks for what was acknowledged up to this moment
     */
    Judge(Truth truth, Target target, long untilNanos) {
        this.truth = truth;
        this.untilNanos = untilNanos;
        this.target = target;
        this.firstLater = target instanceof Target.AtInstant at ? firstLaterThan(at) : 0;
        this.justBehind =
                target instanceof Target.BeforeTransaction(long xid)
                        ? Optional.of(find(xid))
                        : Optional.empty();
    }

    Check judge(Copy copy) {
        TreeMap<Integer, Long> last = new TreeMap<>();
        for (int writer = 1; writer <= truth.writers(); writer++) {
            last.put(writer, copy.present(writer).isEmpty() ? 0L : copy.present(writer).last());
        }
        boolean ours = copy.run().map(truth.run()::equals).orElse(true);
        if (!ours) {
            violations.add(
                    "the copy holds the ledger "
                            + copy.run().orElseThrow()
                            + ", the truth is that of "
                            + truth.run());
        } else {
            violations.addAll(copy.contradictions());
            judgeActs(copy);
            judgeUnwritten(copy);
            judgeTransactions(copy);
        }
        return new Check(
                List.copyOf(violations),
                truth.transactions().stream().filter(written -> isThere(copy, written)).count(),
                truth.transactions().stream().filter(this::isRequired).count(),
                truth.transactions().stream()
                        .filter(written -> written.commit().isPresent() && !isForbidden(written))
                        .count(),
                last);
    }

    private static boolean isThere(Copy copy, Truth.Transaction written) {
        return copy.present(written.writer()).contains(written.seq());
    }

    /** Numbers that no writer has used, and writers that never were. */
    private void judgeUnwritten(Copy copy) {
        TreeMap<Integer, Set<Long>> written = new TreeMap<>();
        truth.transactions()
                .forEach(transaction ->
                        written.computeIfAbsent(transaction.writer(), _ -> new HashSet<>())
                                .add(transaction.seq()));
        for (int writer : copy.writers()) {
            Set<Long> known = written.getOrDefault(writer, Set.of());
            List<Long> unknown =
                    copy.present(writer).stream().filter(seq -> !known.contains(seq)).toList();
            if (!unknown.isEmpty()) {
                violations.add(
                        "writer " + writer + ": " + ranges(unknown) + " there, but never written");
            }
        }
    }

    private void judgeTransactions(Copy copy) {
        List<Truth.Transaction> there =
                truth.transactions().stream().filter(written -> isThere(copy, written)).toList();
        List<Truth.Transaction> missing =
                truth.committed().filter(written -> !isThere(copy, written)).toList();
        long lastSent = Long.MIN_VALUE;
        long lastLsn = Long.MIN_VALUE;
        for (Truth.Transaction written : there) {
            if (written.commit().isPresent()) {
                Commit commit = written.commit().get();
                lastSent = Math.max(lastSent, commit.sent().nanos());
                lastLsn = Math.max(lastLsn, commit.lsnBefore());
            }
        }
        long sentBound = lastSent;
        long lsnBound = lastLsn;
        report(there, written -> written.commit().isEmpty(), "there, but rolled back");
        report(there, this::isForbidden, "there, but committed after the target");
        report(missing, this::isRequired, "missing, but acknowledged before the target");
        report(
                missing,
                written -> written.seq() < last(copy, written.writer()),
                "missing, but later ones of the same writer are there");
        report(
                missing,
                written -> isEarlier(written.commit().orElseThrow(), sentBound, lsnBound),
                "missing, but acknowledged before others that are there were sent");
    }

    private static long last(Copy copy, int writer) {
        return copy.present(writer).isEmpty() ? 0 : copy.present(writer).last();
    }

    /** Whether it had committed before something was sent, by the clock or by the log. */
    private static boolean isEarlier(Commit commit, long sentNanos, long lsn) {
        boolean byClock =
                commit.acknowledged().map(moment -> moment.nanos() < sentNanos).orElse(false);
        return byClock || isAtMost(commit.lsnAfter(), lsn);
    }

    private void report(
            List<Truth.Transaction> among, Predicate<Truth.Transaction> wrong, String words) {
        TreeMap<Integer, List<Truth.Transaction>> found = new TreeMap<>();
        among.stream()
                .filter(wrong)
                .forEach(written ->
                        found.computeIfAbsent(written.writer(), _ -> new ArrayList<>())
                                .add(written));
        found.forEach((writer, list) ->
                violations.add(
                        "writer "
                                + writer
                                + ": "
                                + ranges(list.stream().map(Truth.Transaction::seq).toList())
                                + " "
                                + words
                                + list.getFirst()
                                        .commit()
                                        .map(commit -> " (the first: " + words(commit) + ")")
                                        .orElse("")));
    }

    private static String words(Commit commit) {
        return "xid "
                + commit.xid()
                + ", sent "
                + commit.sent().wall()
                + " at "
                + lsn(commit.lsnBefore())
                + commit.acknowledged().map(at -> ", acknowledged " + at.wall()).orElse("")
                + (commit.lsnAfter().isPresent()
                        ? ", committed by " + lsn(commit.lsnAfter().getAsLong())
                        : "")
                + commit.committedAt().map(at -> ", commit time " + at).orElse("");
    }

    private static String lsn(long position) {
        return Long.toHexString(position >>> 32).toUpperCase(Locale.ROOT)
                + "/"
                + Long.toHexString(position & 0xFFFFFFFFL).toUpperCase(Locale.ROOT);
    }

    /** Such as {@code 3 transactions (4, 8-9)}. */
    static String ranges(List<Long> numbers) {
        StringBuilder text =
                new StringBuilder()
                        .append(numbers.size())
                        .append(numbers.size() == 1 ? " transaction (" : " transactions (");
        int at = 0;
        while (at < numbers.size()) {
            int end = at;
            while (end + 1 < numbers.size() && numbers.get(end + 1) == numbers.get(end) + 1) {
                end++;
            }
            text.append(at == 0 ? "" : ", ").append(numbers.get(at));
            if (end > at) {
                text.append('-').append(numbers.get(end));
            }
            at = end + 1;
        }
        return text.append(')').toString();
    }

    private void judgeActs(Copy copy) {
        boolean setUp = false;
        boolean certain = true;
        Act.Deed state = new Act.Deed.VictimDropped();
        for (Act act : truth.acts()) {
            switch (act.outcome()) {
                case Outcome.RolledBack() -> {}
                case Outcome.Unknown(Commit commit) -> certain &= isForbidden(commit);
                case Outcome.Committed(Commit commit) -> {
                    if (isRequired(commit)) {
                        setUp |= act.deed() instanceof Act.Deed.Setup;
                        state = act.deed();
                        certain = true;
                    } else {
                        certain &= isForbidden(commit);
                    }
                }
            }
        }
        if (setUp && copy.run().isEmpty()) {
            violations.add("the ledger's tables are missing");
        }
        if (certain) {
            judgeVictim(copy, state);
        }
    }

    private void judgeVictim(Copy copy, Act.Deed state) {
        switch (state) {
            case Act.Deed.Setup(), Act.Deed.VictimDropped() -> {
                if (copy.victim().isPresent()) {
                    violations.add("ledger_victim is there, but should not be");
                }
            }
            case Act.Deed.VictimMade(int rows) -> {
                if (copy.victim().isEmpty()) {
                    violations.add("ledger_victim is missing");
                } else if (!copy.victim().get().equals(new Copy.Victim(rows, true))) {
                    violations.add(
                            "ledger_victim has "
                                    + copy.victim().get()
                                    + ", filled were "
                                    + rows
                                    + " known rows");
                }
            }
        }
    }

    private boolean isRequired(Truth.Transaction written) {
        return written.isCommitted() && isRequired(written.commit().orElseThrow());
    }

    private boolean isForbidden(Truth.Transaction written) {
        return written.commit().map(this::isForbidden).orElse(false);
    }

    /** Whether an acknowledged commit has to be there. */
    private boolean isRequired(Commit commit) {
        return switch (target) {
            case Target.Latest() ->
                    commit.acknowledged().map(at -> at.nanos() <= untilNanos).orElse(false);
            case Target.AtLsn(long lsn) -> isAtMost(commit.lsnAfter(), lsn);
            case Target.BeforeTransaction _ ->
                    isAtMost(commit.lsnAfter(), justBehind.orElseThrow().lsnBefore());
            case Target.AtInstant at -> isRequired(commit, at);
        };
    }

    private boolean isRequired(Commit commit, Target.AtInstant at) {
        Instant latest = at.instant().minus(at.tolerance());
        if (commit.committedAt().isEmpty()) {
            return commit.acknowledged()
                    .map(moment -> moment.wall().isBefore(latest))
                    .orElse(false);
        }
        if (commit.committedAt().get().isAfter(latest)) {
            return false;
        }
        // Commit times do not rise strictly along the log. Recovery ends at the first commit that
        // is later than the target, so it may rightly miss one that is earlier but lies behind.
        return at.tolerance().isPositive() || isAtMost(commit.lsnAfter(), firstLater);
    }

    private long firstLaterThan(Target.AtInstant at) {
        return commits()
                .filter(commit ->
                        commit.committedAt().map(time -> time.isAfter(at.instant())).orElse(false))
                .mapToLong(Commit::lsnBefore)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Whether a commit, acknowledged or not, must not be there. */
    private boolean isForbidden(Commit commit) {
        return switch (target) {
            case Target.Latest() -> false;
            case Target.AtLsn(long lsn) -> commit.lsnBefore() >= lsn;
            case Target.BeforeTransaction _ -> {
                Commit bound = justBehind.orElseThrow();
                yield commit.equals(bound) || isAtMost(bound.lsnAfter(), commit.lsnBefore());
            }
            case Target.AtInstant(Instant instant, _) ->
                    // the server counts microseconds
                    commit.committedAt()
                            .orElse(commit.sent().wall().truncatedTo(ChronoUnit.MICROS))
                            .isAfter(instant);
        };
    }

    private static boolean isAtMost(OptionalLong lsn, long bound) {
        return lsn.isPresent() && lsn.getAsLong() <= bound;
    }

    private Commit find(long xid) {
        return commits()
                .filter(commit -> (int) commit.xid() == (int) xid)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("xid " + xid + " is not the ledger's"));
    }

    private Stream<Commit> commits() {
        return Stream.concat(
                truth.transactions().stream().flatMap(written -> written.commit().stream()),
                truth.acts().stream()
                        .flatMap(act ->
                                act.outcome() instanceof Outcome.RolledBack
                                        ? Stream.empty()
                                        : Stream.of(act.commit())));
    }
}
