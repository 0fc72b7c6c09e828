package org.pgkeep.vault;

/**
 * One file, directory or link of a snapshot. Paths are relative, '/'-separated, without empty, "."
 * or ".." parts; "" is the root. Modes are the low 16 bits of st_mode; times are milliseconds since
 * 1970.
 */
public sealed interface TreeEntry {
    /** The path below the root. */
    String path();

    /**
     * A directory.
     *
     * @param path the path below the root, or "" for the root itself
     * @param mode the low 16 bits of st_mode
     * @param modifiedMillis when it was changed, in milliseconds since 1970
     */
    record Directory(String path, int mode, long modifiedMillis) implements TreeEntry {
        /** Refuses a path that leads elsewhere. */
        public Directory {
            TreePaths.check(path, true);
            TreePaths.checkMode(mode);
        }
    }

    /**
     * A regular file.
     *
     * @param path the path below the root
     * @param mode the low 16 bits of st_mode
     * @param modifiedMillis when it was changed, in milliseconds since 1970
     * @param bytes its length
     * @param map where the encoded {@link FileMap} stands; an unchanged file repeats the older
     *     slice
     */
    record RegularFile(String path, int mode, long modifiedMillis, long bytes, Slice map)
            implements TreeEntry {
        /** Refuses a path that leads elsewhere and a negative length. */
        public RegularFile {
            TreePaths.check(path, false);
            TreePaths.checkMode(mode);
            if (bytes < 0) {
                throw new IllegalArgumentException("negative length of " + path + ": " + bytes);
            }
        }
    }

    /**
     * A symbolic link.
     *
     * @param path the path below the root
     * @param target what the link says, anything
     */
    record SymbolicLink(String path, String target) implements TreeEntry {
        /** Refuses a path that leads elsewhere and an empty target. */
        public SymbolicLink {
            TreePaths.check(path, false);
            TreePaths.checkTarget(target);
        }
    }
}
