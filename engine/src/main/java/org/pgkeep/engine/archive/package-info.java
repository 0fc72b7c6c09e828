/**
 * What the vault keeps of a server, in the engine's words.
 *
 * <p>Lives here: {@link org.pgkeep.engine.archive.ServerArchive}, the server document, snapshot
 * documents and timeline histories of one server, and their codecs. The one path: a record of the
 * engine, to JSON or properties, to a sealed object of the vault, and back. Must never touch: a
 * running server.
 */
@NullMarked
package org.pgkeep.engine.archive;

import org.jspecify.annotations.NullMarked;
