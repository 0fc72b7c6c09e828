package org.pgkeep.cli.server;

import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.rest.Json;
import picocli.CommandLine.Option;

/** How a server's backups are to be taken and kept. */
public final class KeepOptions {
    @Option(
            names = "--retention",
            paramLabel = "7d",
            description = "Recovery window: 7d to 35d, or in weeks (2w). Any moment in it stays.")
    private @Nullable String retention;

    @Option(
            names = {"--retention-min", "--retentionMin"},
            paramLabel = "7d",
            description = "The window is never shorter than this.")
    private @Nullable String retentionMin;

    @Option(
            names = {"--retention-max", "--retentionMax"},
            paramLabel = "7d",
            description = "Backups older than this go, save the one the window needs.")
    private @Nullable String retentionMax;

    @Option(
            names = {"--keep-weekly", "--keepWeekly"},
            paramLabel = "N",
            description = "Keep the first backup of each of the newest N weeks.")
    private @Nullable Integer keepWeekly;

    @Option(
            names = {"--keep-monthly", "--keepMonthly"},
            paramLabel = "N",
            description = "Keep the first backup of each of the newest N months.")
    private @Nullable Integer keepMonthly;

    @Option(
            names = {"--keep-yearly", "--keepYearly"},
            paramLabel = "N",
            description = "Keep the first backup of each of the newest N years.")
    private @Nullable Integer keepYearly;

    @Option(
            names = {"--full-backup-interval", "--fullBackupInterval"},
            paramLabel = "MINUTES",
            description = "How old the newest backup may get (default: 1440).")
    private @Nullable Integer fullBackupInterval;

    @Option(
            names = {"--full-backup-schedule", "--fullBackupSchedule"},
            paramLabel = "CRON",
            description =
                    "When to take backups instead, such as \"30 2 * * *\": minute, hour, day, month,"
                            + " day of the week; or off. Missed ones are made up for once.")
    private @Nullable String fullBackupSchedule;

    @Option(
            names = {"--avoid-window", "--avoidWindow"},
            paramLabel = "08:00-18:00",
            description =
                    "Hours in which no backup begins by itself, several with commas; or off. After"
                            + " a hole in the WAL one is taken all the same.")
    private @Nullable String avoidWindow;

    @Option(
            names = {"--backup-time-zone", "--backupTimeZone"},
            paramLabel = "ZONE",
            description =
                    "By which clocks the two go, such as Europe/Vienna (default: those of whoever"
                            + " gives them).")
    private @Nullable String backupTimeZone;

    @Option(
            names = {"--backup-rate", "--backupRate"},
            paramLabel = "MB",
            description = "How many MB a second backups read at most, or off (the default).")
    private @Nullable String backupRate;

    @Option(
            names = {"--delta-backup-interval", "--deltaBackupInterval"},
            paramLabel = "MINUTES",
            description =
                    "How long WAL may take into the vault at most; it goes every second, or every"
                            + " ten to an object store, if --shipping-interval says nothing else.")
    private @Nullable Integer deltaBackupInterval;

    @Option(
            names = {"--backup-volume-claims", "--backupVolumeClaims"},
            paramLabel = "A,B",
            description = "Names of the places of tier 1, 2, …; kept with the server.")
    private @Nullable String backupVolumeClaims;

    @Option(
            names = {"--backup-classes", "--backupClasses"},
            paramLabel = "A,B",
            description = "Kinds of the places of tier 1, 2, …; kept with the server.")
    private @Nullable String backupClasses;

    @Option(
            names = {"--backup-sizes-mb", "--backupSizesMb"},
            paramLabel = "N,M",
            description =
                    "How many MB its backups may take in tier 1, 2, …: beyond that the window shrinks"
                            + " from --retention-max towards --retention-min.")
    private @Nullable String backupSizesMb;

    @Option(
            names = {"--drill-interval", "--drillInterval"},
            paramLabel = "7d",
            description = "Drill a restore of a random moment this often, or off (the default).")
    private @Nullable String drillInterval;

    @Option(
            names = {"--drill-question", "--drillQuestion"},
            paramLabel = "SQL",
            description = "What each scheduled drill asks its copy: a query that answers true.")
    private @Nullable String drillQuestion;

    @Option(
            names = {"--drill-database", "--drillDatabase"},
            paramLabel = "DB",
            description = "Where it asks (default: postgres).")
    private @Nullable String drillDatabase;

    /** What was given, as the service calls it. */
    Map<String, Json> given() {
        Map<String, Json> given = new LinkedHashMap<>();
        put(given, "retention", retention);
        put(given, "retentionMin", retentionMin);
        put(given, "retentionMax", retentionMax);
        put(given, "keepWeekly", keepWeekly);
        put(given, "keepMonthly", keepMonthly);
        put(given, "keepYearly", keepYearly);
        put(given, "fullBackupInterval", fullBackupInterval);
        put(given, "fullBackupSchedule", fullBackupSchedule);
        put(given, "avoidWindow", avoidWindow);
        boolean byClocks = fullBackupSchedule != null || avoidWindow != null;
        put(
                given,
                "backupTimeZone",
                backupTimeZone == null && byClocks
                        ? ZoneId.systemDefault().getId()
                        : backupTimeZone);
        put(given, "backupRate", backupRate);
        put(given, "deltaBackupInterval", deltaBackupInterval);
        put(given, "backupVolumeClaims", backupVolumeClaims);
        put(given, "backupClasses", backupClasses);
        put(given, "backupSizesMb", backupSizesMb);
        put(given, "drillInterval", drillInterval);
        put(given, "drillQuestion", drillQuestion);
        put(given, "drillDatabase", drillDatabase);
        return given;
    }

    private static void put(Map<String, Json> given, String key, @Nullable Object value) {
        if (value != null) {
            given.put(key, Json.text(String.valueOf(value)));
        }
    }
}
