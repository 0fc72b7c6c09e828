package org.pgkeep.testkit.ledger;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The truth while it grows. Its own lock guards everything; each event is in the file, as far as
 * the operating system is concerned, before the method returns.
 *
 * <p>The file is text, one event a line: first {@code pgkeep-ledger 1 <run> <seed> <writers>
 * <payload bytes>}, then by writer and number {@code S} (COMMIT is about to be sent), {@code A} (it
 * was acknowledged), {@code L} (the position sampled afterwards), {@code R} (it did not commit),
 * and {@code D} (the deed that this act is). Acts count as the transactions of writer 0.
 */
final class TruthLog {
    static final int ACTS = 0;

    private static final String FORMAT = "pgkeep-ledger 1";
    private static final String NO_TIME = "-";

    private final String run;
    private final Script script;
    private final int writers;
    private final NavigableMap<Integer, NavigableMap<Long, Outcome>> outcomes = new TreeMap<>();
    private final List<Act.Deed> deeds = new ArrayList<>();
    private final Optional<FileChannel> file;
    private long committed;

    private TruthLog(String run, Script script, int writers, Optional<FileChannel> file) {
        this.run = run;
        this.script = script;
        this.writers = writers;
        this.file = file;
        for (int writer = ACTS; writer <= writers; writer++) {
            outcomes.put(writer, new TreeMap<>());
        }
    }

    static TruthLog begin(String run, LedgerPlan plan) {
        Script script = new Script(plan.seed(), plan.payloadBytes());
        TruthLog log =
                new TruthLog(run, script, plan.writers(), plan.truthFile().map(TruthLog::create));
        log.append(
                FORMAT, run, script.seed(), Integer.toString(log.writers), script.payloadBytes());
        return log;
    }

    /** What a file holds; a last line that was cut off by the death of its writer is left out. */
    static TruthLog read(Path file) {
        try {
            String text = Files.readString(file);
            List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
            if (lines.isEmpty() || !lines.getFirst().startsWith(FORMAT + " ")) {
                throw new IllegalArgumentException(file + " is no ledger's truth");
            }
            String[] head = lines.getFirst().split(" ", -1);
            TruthLog log =
                    new TruthLog(
                            head[2],
                            new Script(Long.parseLong(head[3]), Integer.parseInt(head[5])),
                            Integer.parseInt(head[4]),
                            Optional.empty());
            lines.stream().skip(1).map(line -> line.split(" ", -1)).forEach(log::replay);
            return log;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    Script script() {
        return script;
    }

    String run() {
        return run;
    }

    synchronized void sent(int writer, long seq, long xid, long lsn, Commit.Moment at) {
        append("S", writer, seq, xid, lsn, at.wall(), at.nanos());
        of(writer)
                .put(
                        seq,
                        new Outcome.Unknown(
                                new Commit(
                                        xid,
                                        lsn,
                                        at,
                                        Optional.empty(),
                                        OptionalLong.empty(),
                                        Optional.empty())));
    }

    synchronized void acknowledged(int writer, long seq, Commit.Moment at) {
        append("A", writer, seq, at.wall(), at.nanos());
        of(writer).put(seq, new Outcome.Committed(commit(writer, seq).acknowledged(at)));
        committed += writer == ACTS ? 0 : 1;
        notifyAll();
    }

    synchronized void sampled(int writer, long seq, long lsn, Optional<Instant> committedAt) {
        append("L", writer, seq, lsn, committedAt.map(Instant::toString).orElse(NO_TIME));
        of(writer).put(seq, new Outcome.Committed(commit(writer, seq).sampled(lsn, committedAt)));
    }

    synchronized void rolledBack(int writer, long seq) {
        append("R", writer, seq);
        of(writer).put(seq, new Outcome.RolledBack());
    }

    /** The number of the act that begins now. */
    synchronized long begun(Act.Deed deed) {
        String words =
                switch (deed) {
                    case Act.Deed.Setup() -> "setup 0";
                    case Act.Deed.VictimMade(int rows) -> "victim-made " + rows;
                    case Act.Deed.VictimDropped() -> "victim-dropped 0";
                };
        append("D", ACTS, deeds.size(), words);
        deeds.add(deed);
        return deeds.size() - 1L;
    }

    /** The writer's newest transaction, with its number. */
    synchronized Optional<Truth.Transaction> newest(int writer) {
        return Optional.ofNullable(of(writer).lastEntry())
                .map(entry -> new Truth.Transaction(writer, entry.getKey(), entry.getValue()));
    }

    /** Waits until so many transactions are acknowledged; false when time ran out first. */
    synchronized boolean awaitCommitted(long count, long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (committed < count) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            wait(left);
        }
        return true;
    }

    synchronized long committed() {
        return committed;
    }

    /** All acts in order; one that has not sent its COMMIT yet counts as rolled back. */
    synchronized List<Act> acts() {
        List<Act> acts = new ArrayList<>();
        for (int number = 0; number < deeds.size(); number++) {
            Outcome outcome = of(ACTS).getOrDefault((long) number, new Outcome.RolledBack());
            acts.add(new Act(deeds.get(number), outcome));
        }
        return acts;
    }

    synchronized Truth truth() {
        List<Truth.Transaction> all = new ArrayList<>();
        for (int writer = 1; writer <= writers; writer++) {
            int number = writer;
            of(writer)
                    .forEach(
                            (seq, outcome) -> all.add(new Truth.Transaction(number, seq, outcome)));
        }
        return new Truth(run, script, writers, acts(), all);
    }

    synchronized void close() {
        file.ifPresent(channel -> {
            try {
                channel.close();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    private void replay(String[] words) {
        int writer = Integer.parseInt(words[1]);
        long seq = Long.parseLong(words[2]);
        switch (words[0]) {
            case "S" ->
                    sent(
                            writer,
                            seq,
                            Long.parseLong(words[3]),
                            Long.parseLong(words[4]),
                            moment(words[5], words[6]));
            case "A" -> acknowledged(writer, seq, moment(words[3], words[4]));
            case "L" ->
                    sampled(
                            writer,
                            seq,
                            Long.parseLong(words[3]),
                            words[4].equals(NO_TIME)
                                    ? Optional.empty()
                                    : Optional.of(Instant.parse(words[4])));
            case "R" -> rolledBack(writer, seq);
            case "D" ->
                    begun(
                            switch (words[3]) {
                                case "setup" -> new Act.Deed.Setup();
                                case "victim-made" ->
                                        new Act.Deed.VictimMade(Integer.parseInt(words[4]));
                                case "victim-dropped" -> new Act.Deed.VictimDropped();
                                default -> throw new IllegalArgumentException(words[3]);
                            });
            default -> throw new IllegalArgumentException("unknown event " + words[0]);
        }
    }

    private static Commit.Moment moment(String wall, String nanos) {
        return new Commit.Moment(Instant.parse(wall), Long.parseLong(nanos));
    }

    private NavigableMap<Long, Outcome> of(int writer) {
        return Optional.ofNullable(outcomes.get(writer))
                .orElseThrow(() -> new IllegalArgumentException("no writer " + writer));
    }

    private Commit commit(int writer, long seq) {
        return switch (of(writer).get(seq)) {
            case Outcome.Unknown(Commit commit) -> commit;
            case Outcome.Committed(Commit commit) -> commit;
            case Outcome.RolledBack() ->
                    throw new IllegalStateException(writer + "/" + seq + " was rolled back");
            case null -> throw new IllegalStateException(writer + "/" + seq + " was never sent");
        };
    }

    private static FileChannel create(Path path) {
        try {
            return FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void append(Object... words) {
        if (file.isEmpty()) {
            return;
        }
        StringBuilder line = new StringBuilder();
        for (Object word : words) {
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        ByteBuffer bytes = ByteBuffer.wrap(line.append('\n').toString().getBytes(UTF_8));
        try {
            while (bytes.hasRemaining()) {
                file.get().write(bytes);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
