package org.pgkeep.service.request;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.pgkeep.engine.expire.RetentionPolicy;
import org.pgkeep.engine.server.ServerPlace;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.recipe.Workshop;
import org.pgkeep.service.schedule.BackupTimes;
import org.pgkeep.service.server.CaptureWishes;

/**
 * How a server is to be kept, as its maker wished.
 *
 * @param values the settings by name
 * @param notes what the maker should know of them
 */
public record ServerSettings(Map<String, String> values, List<String> notes) {
    /** The setting that tells how old the newest backup may get, in minutes. */
    public static final String FULL_BACKUP_INTERVAL = BackupTimes.INTERVAL;

    /** The setting that tells how WAL comes: {@code stream}, or {@code archive} by command. */
    public static final String WAL = ServerPlace.WAL_SETTING;

    /** The setting that tells how old the newest drill may get, such as {@code 7d}; or off. */
    public static final String DRILL_INTERVAL = "drillInterval";

    /** The setting that is asked of each scheduled drill's copy: a query that answers true. */
    public static final String DRILL_QUESTION = "drillQuestion";

    /** The setting that tells in which database that is asked. */
    public static final String DRILL_DATABASE = "drillDatabase";

    private static final String MINUTES = "[1-9]\\d{0,6}";
    private static final String COUNT = "[1-9]\\d{0,8}";
    private static final String LIST = "[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*";
    private static final String KEEPS = "\\d{1,4}";
    private static final String SPAN = "[1-9]\\d{0,3}[dw]";

    /** How a setting's value looks, and what is said to those who give it. */
    private record Rule(String pattern, String example, String note) {}

    private static final Map<String, Rule> RULES =
            Map.ofEntries(
                    Map.entry("dataSizeMb", new Rule(COUNT, "1024", "")),
                    Map.entry("vCores", new Rule(COUNT, "2", "")),
                    Map.entry(
                            "serviceType",
                            new Rule("NodePort|LoadBalancer|ClusterIP", "NodePort", "")),
                    Map.entry(RetentionPolicy.RETENTION, new Rule(SPAN, "7d", "")),
                    Map.entry(RetentionPolicy.RETENTION_MIN, new Rule(SPAN, "7d", "")),
                    Map.entry(RetentionPolicy.RETENTION_MAX, new Rule(SPAN, "7d", "")),
                    Map.entry(RetentionPolicy.KEEP_WEEKLY, new Rule(KEEPS, "4", "")),
                    Map.entry(RetentionPolicy.KEEP_MONTHLY, new Rule(KEEPS, "12", "")),
                    Map.entry(RetentionPolicy.KEEP_YEARLY, new Rule(KEEPS, "3", "")),
                    Map.entry(WAL, new Rule("archive|stream", "stream", "")),
                    Map.entry(DRILL_INTERVAL, new Rule(SPAN + "|off", "7d", "")),
                    Map.entry(DRILL_QUESTION, new Rule(".{1,2000}", "select true", "")),
                    Map.entry(DRILL_DATABASE, new Rule(".{1,63}", "postgres", "")),
                    Map.entry("redundancy", new Rule("local|zone|geo", "local", "")),
                    Map.entry(FULL_BACKUP_INTERVAL, new Rule(MINUTES, "1440", "")),
                    Map.entry(BackupTimes.SCHEDULE, new Rule(".{1,200}", "0 2 * * *", "")),
                    Map.entry(BackupTimes.AVOID, new Rule(".{1,200}", "08:00-18:00", "")),
                    Map.entry(BackupTimes.TIME_ZONE, new Rule(".{1,60}", "Europe/Vienna", "")),
                    Map.entry(Workshop.BACKUP_RATE, new Rule("[1-9]\\d{0,4}|off", "50", "")),
                    Map.entry(CaptureWishes.DELTA_BACKUP_INTERVAL, new Rule(MINUTES, "1", "")),
                    Map.entry(CaptureWishes.SYNCHRONOUS, new Rule("on|off", "on", "")),
                    Map.entry(
                            CaptureWishes.SHIPPING_INTERVAL,
                            new Rule(CaptureWishes.SPAN_PATTERN, "1s", "")),
                    Map.entry(
                            CaptureWishes.SPOOL_SIZE,
                            new Rule(CaptureWishes.SIZE_PATTERN, "4GB", "")),
                    Map.entry(
                            CaptureWishes.WAL_LIMIT,
                            new Rule(CaptureWishes.SIZE_PATTERN, "16GB", "")),
                    Map.entry(
                            CaptureWishes.WAL_POLICY,
                            new Rule("server|recoverability", "server", "")),
                    Map.entry(
                            "backupVolumeClaims",
                            new Rule(LIST, "pvc1,pvc2", kept("all backups go into the one vault"))),
                    Map.entry(
                            "backupClasses",
                            new Rule(LIST, "fast,slow", kept("all backups go into the one vault"))),
                    Map.entry(
                            "backupSizesMb",
                            new Rule(
                                    "[1-9]\\d{0,8}(,[1-9]\\d{0,8})*",
                                    "1024,2048",
                                    "bounds what backups take in each tier where retentionMax is"
                                            + " longer than retentionMin: the window shrinks"
                                            + " towards the latter")));

    public ServerSettings {
        values = java.util.Collections.unmodifiableMap(new TreeMap<>(values));
        notes = List.copyOf(notes);
    }

    private static String kept(String truth) {
        return "is kept with the server but has no effect in this version: " + truth;
    }

    /**
     * Checks options as they were given.
     *
     * @throws Failure {@code BAD_ARGUMENT} for one that is unknown or whose value makes no sense
     */
    public static ServerSettings of(Map<String, String> options) {
        List<String> notes = new ArrayList<>();
        for (Map.Entry<String, String> option : new TreeMap<>(options).entrySet()) {
            Rule rule = RULES.get(option.getKey());
            if (rule == null) {
                throw new Failure(
                        Code.BAD_ARGUMENT,
                        "there is no option \"" + option.getKey() + "\"",
                        "options are " + String.join(", ", new TreeMap<>(RULES).keySet()));
            }
            if (!option.getValue().matches(rule.pattern())) {
                throw new Failure(
                        Code.BAD_ARGUMENT,
                        option.getKey() + " can't be \"" + option.getValue() + "\"",
                        "write it like " + rule.example());
            }
            if (!rule.note().isEmpty()) {
                notes.add(option.getKey() + " " + rule.note());
            }
        }
        RetentionPolicy.of(options);
        BackupTimes _ = BackupTimes.of(options);
        return new ServerSettings(options, notes);
    }
}
