package org.pgkeep.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a {@link TestServer} is made. A value; every method returns a changed copy.
 *
 * @param configuration lines for {@code postgresql.conf}, by name, values without quotes
 * @param dataChecksums whether {@code initdb} switches page checksums on
 * @param walSegmentMegabytes size of a WAL segment, a power of two from 1 to 1024
 * @param initdbArguments more arguments for {@code initdb}
 */
public record ServerSettings(
        Map<String, String> configuration,
        boolean dataChecksums,
        int walSegmentMegabytes,
        List<String> initdbArguments) {

    /** Copies what it is given. */
    public ServerSettings {
        configuration = Map.copyOf(configuration);
        initdbArguments = List.copyOf(initdbArguments);
    }

    /**
     * Fast and small: {@code fsync=off}, 32 MB of shared buffers, page checksums, 16 MB segments,
     * {@code wal_level=replica}, 50 connections, 10 slots, UTC. What is not named here stands at
     * PostgreSQL's own default, {@code synchronous_commit=on} and {@code full_page_writes=on}
     * included.
     */
    public static ServerSettings defaults() {
        return new ServerSettings(
                Map.ofEntries(
                        Map.entry("fsync", "off"),
                        Map.entry("shared_buffers", "32MB"),
                        Map.entry("max_connections", "50"),
                        Map.entry("wal_level", "replica"),
                        Map.entry("max_wal_senders", "10"),
                        Map.entry("max_replication_slots", "10"),
                        Map.entry("log_line_prefix", "%m [%p] "),
                        Map.entry("log_timezone", "UTC"),
                        Map.entry("timezone", "UTC"),
                        // in the data directory, so that a killed server leaves none in /dev/shm
                        Map.entry("dynamic_shared_memory_type", "mmap")),
                true,
                16,
                List.of());
    }

    /**
     * Sets one line of {@code postgresql.conf}; {@code port} and the sockets are not for setting.
     */
    public ServerSettings with(String name, String value) {
        TreeMap<String, String> changed = new TreeMap<>(configuration);
        changed.put(name, value);
        return new ServerSettings(changed, dataChecksums, walSegmentMegabytes, initdbArguments);
    }

    /** As on a production server: {@code fsync=on}. */
    public ServerSettings durable() {
        return with("fsync", "on");
    }

    /** The server notes the time of each commit, which makes checks for an instant exact. */
    public ServerSettings commitTimestamps() {
        return with("track_commit_timestamp", "on");
    }

    /** Page checksums off, or on. */
    public ServerSettings dataChecksums(boolean on) {
        return new ServerSettings(configuration, on, walSegmentMegabytes, initdbArguments);
    }

    /** Another size of WAL segments, in megabytes. */
    public ServerSettings walSegmentMegabytes(int megabytes) {
        return new ServerSettings(configuration, dataChecksums, megabytes, initdbArguments);
    }

    /** One more argument for {@code initdb}. */
    public ServerSettings initdbArgument(String argument) {
        List<String> more = new ArrayList<>(initdbArguments);
        more.add(argument);
        return new ServerSettings(configuration, dataChecksums, walSegmentMegabytes, more);
    }

    /** The arguments for {@code initdb} of this major version, the data directory left out. */
    List<String> initdbArgumentsFor(int major) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--no-sync",
                                "--auth=trust",
                                "--username=" + TestServer.SUPERUSER,
                                "--encoding=UTF8",
                                "--locale=C",
                                "--wal-segsize=" + walSegmentMegabytes));
        if (dataChecksums) {
            arguments.add("--data-checksums");
        } else if (major >= FIRST_MAJOR_WITH_CHECKSUMS_BY_DEFAULT) {
            arguments.add("--no-data-checksums");
        }
        arguments.addAll(initdbArguments);
        return arguments;
    }

    /** The section of {@code postgresql.conf} that these settings make. */
    String configurationText() {
        StringBuilder text = new StringBuilder("\n# set by the test kit\n");
        new TreeMap<>(configuration)
                .forEach((name, value) ->
                        text.append(name)
                                .append(" = '")
                                .append(value.replace("'", "''"))
                                .append("'\n"));
        return text.toString();
    }

    private static final int FIRST_MAJOR_WITH_CHECKSUMS_BY_DEFAULT = 18;
}
