package org.pgkeep.engine.index;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.postgres.Lsn;
import org.pgkeep.postgres.TimelineId;
import org.pgkeep.vault.Archive;
import org.pgkeep.vault.ArchiveIndex;
import org.pgkeep.vault.IndexRange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The indexes of one server in the vault. A damaged one counts as none, and is removed, so that it
 * can be made again from the WAL.
 */
public final class IndexStore {
    private static final Logger LOG = LoggerFactory.getLogger(IndexStore.class);

    private final ArchiveIndex objects;

    /** The indexes in that archive. */
    public IndexStore(Archive archive) {
        this.objects = archive.index();
    }

    /**
     * A range that has an index.
     *
     * @param from its start
     * @param to behind it
     */
    public record Range(TimelineId timeline, Lsn from, Lsn to) {
        IndexRange object() {
            return new IndexRange(timeline.value(), from.value(), to.value());
        }
    }

    /** Keeps an index, once the WAL it speaks of is held. */
    public void put(TimelineId timeline, WalIndex index) {
        IndexSummary summary = index.summary();
        Range range = new Range(timeline, summary.from(), summary.to());
        byte[] body = IndexCodec.body(index);
        if (body.length <= ArchiveIndex.BODY_BYTES_MAX) {
            objects.put(range.object(), IndexCodec.head(summary), body);
        }
    }

    /** The ranges of a timeline that have an index, sorted: from the listing alone. */
    public List<Range> ranges(TimelineId timeline) {
        return objects.ranges(timeline.value()).stream()
                .map(each -> new Range(timeline, new Lsn(each.from()), new Lsn(each.to())))
                .toList();
    }

    /** What is known at once of a range; empty if there is no such index, or none that opens. */
    public Optional<IndexSummary> summary(Range range) {
        return opened(range, () -> objects.head(range.object()), IndexCodec::summary)
                .filter(each -> each.from().equals(range.from()) && each.to().equals(range.to()));
    }

    /** All that is known of a range; empty if there is no such index, or none that opens. */
    public Optional<WalIndex> index(Range range) {
        return summary(range)
                .flatMap(summary ->
                        opened(
                                range,
                                () -> objects.body(range.object()),
                                body -> IndexCodec.index(summary, body)));
    }

    /** Removes an index. */
    public void delete(Range range) {
        objects.delete(range.object());
    }

    private interface Fetch {
        Optional<byte[]> fetch();
    }

    private <T> Optional<T> opened(Range range, Fetch fetch, Function<byte[], T> read) {
        try {
            return fetch.fetch().map(read);
        } catch (Failure failure) {
            if (failure.code() == Code.NEWER_FORMAT) {
                // by a newer pgkeep, or by damage to the number: the WAL says the same
                LOG.warn("an index is not read, the WAL is instead: {}", failure.message());
                return Optional.empty();
            }
            if (failure.code().kind() != Code.Kind.DAMAGED) {
                throw failure;
            }
            LOG.warn("an index is damaged and made again from the WAL: {}", failure.message());
            try {
                delete(range);
            } catch (Failure kept) {
                LOG.info("it can't be removed: {}", kept.message());
            }
            return Optional.empty();
        } catch (IllegalArgumentException misread) {
            // it opened, so it is whole: another pgkeep wrote it
            LOG.info("an index is not understood, the WAL is read instead: {}, {}", range, misread);
            return Optional.empty();
        }
    }
}
