package org.pgkeep.postgres;

/**
 * The place of a relation's files: what PostgreSQL calls RelFileNode (to 15) or RelFileLocator.
 * Object ids are unsigned; they are kept in the same 32 bits.
 *
 * @param tablespace its tablespace's object id
 * @param database its database's object id, 0 for shared relations
 * @param relation its relfilenode
 */
public record RelationFile(int tablespace, int database, int relation) {
    @Override
    public String toString() {
        return Integer.toUnsignedString(tablespace)
                + "/"
                + Integer.toUnsignedString(database)
                + "/"
                + Integer.toUnsignedString(relation);
    }
}
