package org.pgkeep.postgres.files;

import java.util.Optional;

/**
 * One thing in a data directory that a backup takes. Paths are relative to the data directory,
 * '/'-separated; the data directory itself is the empty path. Modes are the nine permission bits.
 */
public sealed interface DataFile {
    /** Where it stands. */
    String path();

    /**
     * A folder. What it holds follows, if it is taken at all. Where PostgreSQL's own folder is
     * reached through a symbolic link ({@code pg_wal}, say), it comes as the folder it leads to.
     */
    record Directory(String path, int mode, long modifiedMillis) implements DataFile {}

    /**
     * A file.
     *
     * @param bytes its length when it was listed; it may have another one when it is read
     * @param role what it is to PostgreSQL
     */
    record RegularFile(String path, int mode, long modifiedMillis, long bytes, Role role)
            implements DataFile {
        /** The relation piece it is; empty for every other file. */
        public Optional<RelationPart> relation() {
            return role instanceof Relation(RelationPart part)
                    ? Optional.of(part)
                    : Optional.empty();
        }
    }

    /**
     * A symbolic link that comes back as a link: a tablespace's in {@code pg_tblspc}, or a foreign
     * one.
     *
     * @param target as it stands in the link
     */
    record SymbolicLink(String path, String target) implements DataFile {}

    /** What a file is to PostgreSQL. */
    sealed interface Role {}

    /** A piece of a relation: pages with checksums, if the cluster has them. */
    record Relation(RelationPart part) implements Role {}

    /** {@code global/pg_control}: taken last. */
    record Control() implements Role {}

    /** Everything else: taken whole. */
    record Other() implements Role {}
}
