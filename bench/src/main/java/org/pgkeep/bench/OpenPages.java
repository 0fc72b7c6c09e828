package org.pgkeep.bench;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;
import org.pgkeep.vault.ChunkReader;
import org.pgkeep.vault.PackWriter;
import org.pgkeep.vault.Slice;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.VaultSettings;

/**
 * MiB of pages a second that one thread fetches from a pack, verifies, opens and decompresses, as a
 * restore does, with no cache and a store in memory.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class OpenPages {
    private static final int MIB = 1 << 20;
    private static final int PAGES_MIB = 64;

    private final Vault vault =
            Vault.create(
                    new BenchStore(true),
                    List.of(VaultKey.KeyFile.random(new SecureRandom())),
                    new SecureRandom(),
                    InstantSource.system(),
                    new VaultSettings(3, 16 << 20, 0, 64 << 10, 3));

    private final ChunkReader reader = vault.reader();
    private final List<Slice> slices = new ArrayList<>();
    private int next;

    /** Seals the pages, and looks whether they come back as they were. */
    @Setup
    public void seal() {
        byte[] pages = new SamplePages(1).blocks(PAGES_MIB * MIB / 8192);
        try (PackWriter writer = vault.newPackWriter()) {
            for (int i = 0; i < pages.length; i += PackWriter.CHUNK_BYTES) {
                slices.add(writer.appendData(pages, i, PackWriter.CHUNK_BYTES));
            }
            writer.finish();
        }
        int at = 0;
        for (Slice slice : slices) {
            byte[] back = reader.read(slice);
            if (!Arrays.equals(back, 0, back.length, pages, at, at + PackWriter.CHUNK_BYTES)) {
                throw new IllegalStateException("other bytes came back at " + at);
            }
            at += PackWriter.CHUNK_BYTES;
        }
    }

    /** Opens one MiB of pages, region by region. */
    @Benchmark
    public void open(Blackhole opened) {
        for (int i = 0; i < MIB; i += PackWriter.CHUNK_BYTES) {
            opened.consume(reader.read(slices.get(next)));
            next = (next + 1) % slices.size();
        }
    }
}
