package org.pgkeep.postgres.files;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgkeep.postgres.RelationFile;
import org.pgkeep.postgres.files.RelationPart.Fork;

/**
 * The names of relation files in a folder that holds them: parse_filename_for_nontemp_relation
 * (reinit.c) and looks_like_temp_rel_name (fd.c).
 *
 * @param tablespace the object id of the tablespace the folder belongs to
 * @param database the object id of its database, 0 for {@code global}
 */
record RelationNames(int tablespace, int database) {
    /** The tablespace of {@code base} (pg_tablespace.dat). */
    static final int DEFAULT_TABLESPACE = 1663;

    /** The tablespace of {@code global} (pg_tablespace.dat). */
    static final int GLOBAL_TABLESPACE = 1664;

    private static final Pattern RELATION =
            Pattern.compile("([1-9]\\d{0,9})(?:_(fsm|vm|init))?(?:\\.([1-9]\\d{0,5}))?");
    private static final Pattern TEMPORARY =
            Pattern.compile("t\\d+_\\d+(?:_(?:fsm|vm|init))?(?:\\.\\d+)?");
    private static final long OID_MAX = 0xFFFF_FFFFL;

    /** The piece a name means; empty for any other file. */
    Optional<RelationPart> part(String name) {
        Matcher found = RELATION.matcher(name);
        if (!found.matches() || Long.parseLong(found.group(1)) > OID_MAX) {
            return Optional.empty();
        }
        int relation = (int) Long.parseLong(found.group(1));
        Fork fork =
                switch (found.group(2)) {
                    case null -> Fork.MAIN;
                    case "fsm" -> Fork.FREE_SPACE_MAP;
                    case "vm" -> Fork.VISIBILITY_MAP;
                    case String init -> Fork.INIT;
                };
        int segment = found.group(3) == null ? 0 : Integer.parseInt(found.group(3));
        return Optional.of(
                new RelationPart(new RelationFile(tablespace, database, relation), fork, segment));
    }

    /** Whether the name is that of a temporary relation's file. */
    static boolean isTemporary(String name) {
        return TEMPORARY.matcher(name).matches();
    }
}
