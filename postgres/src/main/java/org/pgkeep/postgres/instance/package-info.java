/**
 * Runs a server on this machine: finds the executables, makes a cluster, starts, watches and stops
 * it.
 *
 * <p>Lives here: {@link org.pgkeep.postgres.instance.Installations} (what is installed), {@link
 * org.pgkeep.postgres.instance.OperatingSystemUser} (as whom servers run: never as root) and {@link
 * org.pgkeep.postgres.instance.Instance} (one data directory and its postmaster). The one path:
 * find an installation, build an instance on a data directory, start it, wait, stop it. The truth
 * about a running server is {@code postmaster.pid} together with {@code /proc}, never a memory of
 * ours: servers outlive the process that started them. Must never touch: the contents of the data
 * directory beyond {@code postmaster.pid}, or processes other than its own postmaster.
 */
@NullMarked
package org.pgkeep.postgres.instance;

import org.jspecify.annotations.NullMarked;
