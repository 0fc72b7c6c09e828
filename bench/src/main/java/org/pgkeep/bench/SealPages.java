package org.pgkeep.bench;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.pgkeep.vault.PackFigures;
import org.pgkeep.vault.PackWriter;
import org.pgkeep.vault.Slice;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.pgkeep.vault.VaultSettings;

/**
 * MiB of pages a second that one thread compresses, seals, opens again and packs, as a snapshot
 * does, with a store that costs nothing.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class SealPages {
    private static final int MIB = 1 << 20;
    private static final int PAGES_MIB = 16;

    /** zstd's level. */
    @Param({"1", "3"})
    int level;

    private final byte[] pages = new SamplePages(1).blocks(PAGES_MIB * MIB / 8192);
    private int next;
    private PackWriter writer = vault(3).newPackWriter();

    private static Vault vault(int level) {
        return Vault.create(
                new BenchStore(false),
                List.of(VaultKey.KeyFile.random(new SecureRandom())),
                new SecureRandom(),
                InstantSource.system(),
                new VaultSettings(level, 16 << 20, 0, 64 << 10, 3));
    }

    /** Opens a writer. */
    @Setup
    public void open() {
        writer.close();
        writer = vault(level).newPackWriter();
    }

    /** Takes one MiB of pages, region by region. */
    @Benchmark
    @OperationsPerInvocation(1)
    public Slice seal() {
        Slice slice = writer.appendData(pages, next, PackWriter.CHUNK_BYTES);
        for (int i = PackWriter.CHUNK_BYTES; i < MIB; i += PackWriter.CHUNK_BYTES) {
            slice = writer.appendData(pages, next + i, PackWriter.CHUNK_BYTES);
        }
        next = (next + MIB) % pages.length;
        return slice;
    }

    /** Stores the last pack, and looks whether anything became of it all. */
    @TearDown
    public void check() {
        PackFigures figures = writer.finish();
        double ratio = (double) figures.storedBytes() / figures.clearBytes();
        if (figures.packs() < 1 || ratio < 0.05 || ratio > 0.9) {
            throw new IllegalStateException("not what was meant to be measured: " + figures);
        }
    }
}
