package org.pgkeep.cli.face;

/** How results are printed; the names are the words that users type. */
public enum Output {
    /** For people. */
    table,
    /** For scripts: one JSON document. */
    json
}
