package org.pgkeep.cli.backup;

import org.pgkeep.cli.rest.ServiceClient;
import picocli.CommandLine.Option;

/** Which backup: {@code -bn}. */
final class NamedBackup {
    @Option(
            names = {"-bn", "--backup-name"},
            required = true,
            paramLabel = "BACKUP",
            description = "Name of the backup; its ID will do, too.")
    private String backup = "";

    /** As typed. */
    String name() {
        return backup;
    }

    /** The backup's path below its server's. */
    String path(String below) {
        return "/backups/" + ServiceClient.part(backup) + below;
    }
}
