package org.pgkeep.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.pgkeep.postgres.files.PageChecksum;

/** MiB of pages a second whose checksums one thread verifies. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class ChecksumPages {
    private static final int PAGES = (1 << 20) / PageChecksum.PAGE_BYTES;

    private final byte[] pages = new SamplePages(1).blocks(PAGES);

    /** Verifies one MiB of pages. */
    @Benchmark
    public int verify() {
        int good = 0;
        for (int block = 0; block < PAGES; block++) {
            good += PageChecksum.verify(pages, block * PageChecksum.PAGE_BYTES, block) ? 1 : 0;
        }
        if (good != PAGES) {
            throw new IllegalStateException(good + " of " + PAGES + " pages are good");
        }
        return good;
    }
}
