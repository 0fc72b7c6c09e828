package org.pgkeep.service.request;

import java.util.Optional;
import java.util.regex.Pattern;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.ServerRow;
import org.pgkeep.service.catalog.ServerTable;
import org.pgkeep.service.catalog.Wanted;

/** Finds what a name or an id means, and checks new names. */
public final class Names {
    /** The namespace of those who name none. */
    public static final String DEFAULT_NAMESPACE = "default";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final Pattern ID =
            Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private final ServerTable servers;

    public Names(ServerTable servers) {
        this.servers = servers;
    }

    /**
     * The server of that name in the namespace, or of that id in any; deleted ones by id.
     *
     * @throws Failure {@code UNKNOWN_SERVER}
     */
    public ServerRow server(String nameOrId, String namespace) {
        Optional<ServerRow> found = servers.byName(namespace, nameOrId);
        if (found.isEmpty() && isId(nameOrId)) {
            found = servers.byId(ServerId.parse(nameOrId));
        }
        return found.orElseThrow(() -> unknown(nameOrId, namespace));
    }

    /**
     * As {@link #server}, but one that is not deleted.
     *
     * @throws Failure {@code UNKNOWN_SERVER}, {@code WRONG_STATE}
     */
    public ServerRow livingServer(String nameOrId, String namespace) {
        ServerRow row = server(nameOrId, namespace);
        if (row.wanted() == Wanted.DELETED) {
            throw new Failure(
                    Code.WRONG_STATE,
                    "server " + nameOrId + " (\"" + row.title() + "\") was deleted",
                    "bring it back with: pgkeep server restore -n NEW -f "
                            + row.id()
                            + " --latest");
        }
        return row;
    }

    private Failure unknown(String nameOrId, String namespace) {
        Optional<ServerRow> elsewhere =
                servers.all().stream()
                        .filter(row -> row.wanted() != Wanted.DELETED)
                        .filter(row -> row.name().equals(nameOrId))
                        .findFirst();
        if (elsewhere.isPresent()) {
            return new Failure(
                    Code.UNKNOWN_SERVER,
                    "there is no server \"" + nameOrId + "\" in namespace " + namespace,
                    "there is one in namespace "
                            + elsewhere.get().namespace()
                            + ": add -ns "
                            + elsewhere.get().namespace());
        }
        return new Failure(
                Code.UNKNOWN_SERVER,
                "there is no server \"" + nameOrId + "\"",
                "list the servers with: pgkeep server list");
    }

    private static boolean isId(String text) {
        return ID.matcher(text).matches();
    }

    /**
     * Checks the name of a server or namespace that is to be made.
     *
     * @param what {@code server} or {@code namespace}
     * @throws Failure {@code BAD_ARGUMENT}
     */
    static String checked(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "\"" + name + "\" can't be the name of a " + what,
                    "use 1 to 63 letters, digits, dots, dashes and underscores, the first one a"
                            + " letter or a digit");
        }
        if (isId(name)) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "\"" + name + "\" looks like an id and can't be the name of a " + what,
                    "choose a name that people can tell from an id");
        }
        return name;
    }

    /**
     * Checks the name of a backup that is to be made.
     *
     * @throws Failure {@code BAD_ARGUMENT}
     */
    static String checkedBackup(String name) {
        return checked("backup", name);
    }
}
