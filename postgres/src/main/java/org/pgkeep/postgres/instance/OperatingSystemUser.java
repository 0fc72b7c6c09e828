package org.pgkeep.postgres.instance;

import java.nio.file.Path;
import java.util.List;

/** As whom servers run. */
@SuppressWarnings("DoNotCallSuggester")
public final class OperatingSystemUser {
    private final String name;

    private OperatingSystemUser(String name) {
        this.name = name;
    }

    /** Ourselves; when we are root: postgres, else pgkeep, else nobody. */
    public static OperatingSystemUser forServers() {
        return new OperatingSystemUser("");
    }

    /** The user's name. */
    public String name() {
        return name;
    }

    /** The command, run as this user. */
    public List<String> command(List<String> command) {
        return List.copyOf(command);
    }

    /** Makes the user the owner of a file or of a whole tree (symbolic links not followed). */
    public void own(Path tree) {
        throw new UnsupportedOperationException(tree.toString());
    }
}
