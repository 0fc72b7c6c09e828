package org.pgkeep.service.catalog;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.home.PrivateFile;

/**
 * The database of what is wanted. SQLite in WAL mode: readers never wait, and there is one writer
 * at a time, kept in line by a lock of ours instead of by the database's busy errors.
 */
public final class Catalog implements AutoCloseable {
    /**
     * The newest migration there is; a database that has a later one was made by a newer pgkeep.
     */
    static final int NEWEST_MIGRATION = 2;

    private static final int CONNECTIONS_MAX = 4;

    private final HikariDataSource source;
    private final Jdbi jdbi;
    private final ReentrantLock writing = new ReentrantLock();

    private Catalog(HikariDataSource source) {
        this.source = source;
        this.jdbi = Jdbi.create(source);
    }

    /**
     * Opens the catalog, makes it when it is missing, and brings it up to date.
     *
     * @throws Failure {@code NEWER_FORMAT}, {@code DISK}
     */
    public static Catalog open(Path file) {
        PrivateFile.make(file);
        HikariConfig config = new HikariConfig();
        config.setPoolName("catalog");
        // synchronous=FULL: what was accepted survives a power cut. IMMEDIATE: a transaction that
        // is going to write takes the write lock at its start, not in the middle.
        config.setJdbcUrl(
                "jdbc:sqlite:"
                        + file
                        + "?journal_mode=WAL&synchronous=FULL&busy_timeout=10000"
                        + "&foreign_keys=true&transaction_mode=IMMEDIATE");
        config.setMaximumPoolSize(CONNECTIONS_MAX);
        config.setMinimumIdle(1);
        HikariDataSource source = null;
        try {
            source = new HikariDataSource(config);
            migrate(file, source);
            return new Catalog(source);
        } catch (FlywayException
                | com.zaxxer.hikari.pool.HikariPool.PoolInitializationException e) {
            if (source != null) {
                source.close();
            }
            throw unusable(file, e);
        }
    }

    private static Failure unusable(Path file, RuntimeException cause) {
        return new Failure(
                Code.DISK,
                "can't use the catalog " + file + ": " + cause.getMessage(),
                "move the file out of the way and start again: pgkeep rebuilds the catalog from the"
                        + " vault",
                cause);
    }

    private static void migrate(Path file, HikariDataSource source) {
        Flyway flyway =
                Flyway.configure(Catalog.class.getClassLoader())
                        .dataSource(source)
                        .locations("classpath:org/pgkeep/service/catalog")
                        .load();
        MigrationInfo current = flyway.info().current();
        if (current != null
                && current.getVersion() != null
                && current.getVersion()
                                .compareTo(
                                        MigrationVersion.fromVersion(
                                                Integer.toString(NEWEST_MIGRATION)))
                        > 0) {
            source.close();
            throw new Failure(
                    Code.NEWER_FORMAT,
                    "the catalog " + file + " was written by a newer pgkeep",
                    "use that version, or move the file away: it is rebuilt from the vault");
        }
        flyway.migrate();
    }

    /** Reads, in one transaction's view or less. */
    <T> T read(Function<Handle, T> work) {
        return jdbi.withHandle(work::apply);
    }

    /** Writes, all of it or nothing; durable when it returns. */
    public <T> T write(Function<Handle, T> work) {
        writing.lock();
        try {
            return jdbi.inTransaction(work::apply);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void close() {
        source.close();
    }
}
