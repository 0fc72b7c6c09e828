package org.pgkeep.postgres.wal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.pgkeep.postgres.WalSegment;

/** The segments in a server's {@code pg_wal}, of each number the one of the newest timeline. */
record WalFiles(Path folder, int segmentBytes) {
    static WalFiles of(Path dataDirectory, int segmentBytes) {
        return new WalFiles(dataDirectory.resolve("pg_wal"), segmentBytes);
    }

    Collection<WalSegment> segments() {
        TreeMap<Long, WalSegment> segments = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.map(each -> WalSegment.parse(each.getFileName().toString(), segmentBytes))
                    .flatMap(Optional::stream)
                    .sorted((a, b) -> a.timeline().compareTo(b.timeline()))
                    .forEach(each -> segments.put(each.number(), each));
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        return segments.values();
    }

    byte[] bytes(WalSegment segment) {
        try {
            return Files.readAllBytes(folder.resolve(segment.fileName()));
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** Reads from the first segment to the end of valid WAL. */
    WalReader read(Consumer<WalRecord> records) {
        WalReader reader = new WalReader(segments().iterator().next().start(), segmentBytes);
        for (WalSegment segment : segments()) {
            if (reader.state() == WalReader.State.READING) {
                reader.feed(bytes(segment), 0, segmentBytes, records);
            }
        }
        return reader;
    }
}
