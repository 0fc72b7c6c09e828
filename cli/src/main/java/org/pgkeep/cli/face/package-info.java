/**
 * What every command stands on.
 *
 * <p>Lives here: {@link org.pgkeep.cli.face.Face}, the ground of one run: terminal, options that
 * hold for every command, the way to the service; the options that several commands share; {@link
 * org.pgkeep.cli.face.JobWatch}, which follows a job to its end; {@link
 * org.pgkeep.cli.face.NotYet}, the refusal of what a later version will do. The one path: picocli
 * fills the options, the command asks the service through the face and hands it what is to be
 * shown. Must never touch: a single command.
 */
@NullMarked
package org.pgkeep.cli.face;

import org.jspecify.annotations.NullMarked;
