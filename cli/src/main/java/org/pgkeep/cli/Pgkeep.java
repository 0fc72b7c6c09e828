package org.pgkeep.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.pgkeep.cli.backup.BackupDelete;
import org.pgkeep.cli.backup.BackupList;
import org.pgkeep.cli.backup.BackupPin;
import org.pgkeep.cli.backup.BackupShow;
import org.pgkeep.cli.backup.BackupTake;
import org.pgkeep.cli.backup.BackupUnpin;
import org.pgkeep.cli.backup.BackupVerify;
import org.pgkeep.cli.drill.DrillList;
import org.pgkeep.cli.drill.DrillRun;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NotYet;
import org.pgkeep.cli.face.Noun;
import org.pgkeep.cli.history.Moments;
import org.pgkeep.cli.history.Ranges;
import org.pgkeep.cli.job.JobCancel;
import org.pgkeep.cli.job.JobFollow;
import org.pgkeep.cli.job.JobList;
import org.pgkeep.cli.job.JobPause;
import org.pgkeep.cli.job.JobResume;
import org.pgkeep.cli.job.JobShow;
import org.pgkeep.cli.key.KeyAdd;
import org.pgkeep.cli.key.KeyList;
import org.pgkeep.cli.key.KeyRemove;
import org.pgkeep.cli.key.VaultKit;
import org.pgkeep.cli.key.VaultRotate;
import org.pgkeep.cli.run.Completion;
import org.pgkeep.cli.run.DemoTour;
import org.pgkeep.cli.run.Down;
import org.pgkeep.cli.run.Status;
import org.pgkeep.cli.run.TierPromote;
import org.pgkeep.cli.run.Up;
import org.pgkeep.cli.run.VaultInit;
import org.pgkeep.cli.run.VaultOpen;
import org.pgkeep.cli.server.ServerCreate;
import org.pgkeep.cli.server.ServerDelete;
import org.pgkeep.cli.server.ServerList;
import org.pgkeep.cli.server.ServerPurge;
import org.pgkeep.cli.server.ServerRestore;
import org.pgkeep.cli.server.ServerShow;
import org.pgkeep.cli.server.ServerUpdate;
import org.pgkeep.cli.vault.TierAdd;
import org.pgkeep.cli.vault.TierDetach;
import org.pgkeep.cli.vault.TierRefill;
import org.pgkeep.cli.vault.TierTable;
import org.pgkeep.cli.vault.VaultScrub;
import org.pgkeep.cli.vault.VaultShow;
import org.pgkeep.cli.vault.VaultSweep;
import org.pgkeep.cli.vault.VaultUsage;
import org.pgkeep.cli.vault.VaultWishes;
import org.pgkeep.cli.wal.WalFetch;
import org.pgkeep.cli.wal.WalPush;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The word {@code pgkeep} itself, and the table of contents: one line for each command. */
@Command(
        name = "pgkeep",
        header = "Backup and point-in-time restore for PostgreSQL.",
        description = {
            "",
            "pgkeep creates PostgreSQL servers, keeps encrypted snapshots and every byte of their"
                    + " WAL, and brings back any moment of their past as a new server.",
            ""
        },
        footer = {
            "",
            "Begin with:",
            "  pgkeep demo                              the tour, in a temporary place",
            "  pgkeep up --detach                       starts the service",
            "  pgkeep server create -n pg1 --wait       a server, backed up from its first byte",
            "  pgkeep moments -n pg1 --drops            when tables were dropped",
            "  pgkeep server restore -n pg1-before -f pg1 --before XID --wait",
            "",
            "Exit code 0: done. 2: refused, nothing was changed. 1: tried and failed.",
            "Each command tells more with --help."
        })
final class Pgkeep implements Runnable {
    private final Face face;
    @Spec private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show pgkeep's version.")
    @SuppressWarnings({"unused", "UnusedVariable"}) // picocli acts on it
    private boolean version;

    private Pgkeep(Face face) {
        this.face = face;
    }

    /** All commands. */
    static CommandLine commandLine(Face face) {
        return commandLine(face, CommandWords.of(List.of()));
    }

    /**
     * The commands that the words can mean: looking through the annotations of one takes a few
     * milliseconds, and of all of them longer than most commands run. Words that name none, or only
     * half of one, get them all: for help, and to find the nearest.
     */
    static CommandLine commandLine(Face face, CommandWords words) {
        CommandLine line = new CommandLine(new Pgkeep(face));
        line.addMixin("common", face.options());
        line.getCommandSpec().versionProvider(new Version());

        Contents nouns = new Contents();
        nouns.add("up", () -> new CommandLine(new Up(face)));
        nouns.add("down", () -> new CommandLine(new Down(face)));
        nouns.add("status", () -> new CommandLine(new Status(face)));
        nouns.add("server", () -> server(face, words.verb()));
        nouns.add("backup", () -> backup(face, words.verb()));
        nouns.add("moments", () -> new CommandLine(new Moments(face)));
        nouns.add("ranges", () -> new CommandLine(new Ranges(face)));
        nouns.add("job", () -> job(face, words.verb()));
        nouns.add("demo", () -> new CommandLine(new DemoTour(face)));
        nouns.add("completion", () -> new CommandLine(new Completion(face)));
        nouns.add("vault", () -> vault(face, words.verb()));
        nouns.add("wal", () -> wal(face, words.verb()));
        nouns.add("drill", () -> drill(face, words.verb()));
        nouns.addNotYet("config", "doctor");
        nouns.into(line, words.noun().equals("completion") ? "" : words.noun());

        shape(line, face);
        return line;
    }

    private static CommandLine server(Face face, String verb) {
        CommandLine noun =
                Noun.of("server", "Create, list, show, update, delete, restore and purge servers.");
        Contents verbs = new Contents();
        verbs.add("create", () -> ServerCreate.command(face));
        verbs.add("list", () -> new CommandLine(new ServerList(face)));
        verbs.add("show", () -> new CommandLine(new ServerShow(face)));
        verbs.add("delete", () -> new CommandLine(new ServerDelete(face)));
        verbs.add("restore", () -> ServerRestore.command(face));
        verbs.add("update", () -> new CommandLine(new ServerUpdate(face)));
        verbs.add("purge", () -> new CommandLine(new ServerPurge(face)));
        verbs.addNotYet("register", "start", "stop", "restart", "tasks");
        verbs.addNotYet("parameter", "firewall", "lock");
        return verbs.into(noun, verb);
    }

    private static CommandLine backup(Face face, String verb) {
        CommandLine noun = Noun.of("backup", "Take, list, show, verify, pin and delete backups.");
        Contents verbs = new Contents();
        verbs.add("take", () -> new CommandLine(new BackupTake(face)));
        verbs.add("list", () -> new CommandLine(new BackupList(face)));
        verbs.add("show", () -> new CommandLine(new BackupShow(face)));
        verbs.add("verify", () -> new CommandLine(new BackupVerify(face)));
        verbs.add("pin", () -> new CommandLine(new BackupPin(face)));
        verbs.add("unpin", () -> new CommandLine(new BackupUnpin(face)));
        verbs.add("delete", () -> new CommandLine(new BackupDelete(face)));
        return verbs.into(noun, verb);
    }

    private static CommandLine vault(Face face, String verb) {
        CommandLine noun =
                Noun.of(
                        "vault",
                        "Show, scrub, count, sweep and copy the vault; its keys, its kit.");
        Contents verbs = new Contents();
        verbs.add("init", () -> new CommandLine(new VaultInit(face)));
        verbs.add("open", () -> new CommandLine(new VaultOpen(face)));
        verbs.add("show", () -> new CommandLine(new VaultShow(face)));
        verbs.add("scrub", () -> new CommandLine(new VaultScrub(face)));
        verbs.add("settings", () -> new CommandLine(new VaultWishes(face)));
        verbs.add("tier", () -> vaultTier(face));
        verbs.add("rotate", () -> new CommandLine(new VaultRotate(face)));
        verbs.add("kit", () -> new CommandLine(new VaultKit(face)));
        verbs.add("key", () -> vaultKey(face));
        verbs.add("usage", () -> new CommandLine(new VaultUsage(face)));
        verbs.add("sweep", () -> new CommandLine(new VaultSweep(face)));
        return verbs.into(noun, verb);
    }

    private static CommandLine vaultTier(Face face) {
        return Noun.of("tier", "List, add, detach and promote the tiers of the vault.")
                .addSubcommand("list", new CommandLine(new TierTable(face)))
                .addSubcommand("add", new CommandLine(new TierAdd(face)))
                .addSubcommand("detach", new CommandLine(new TierDetach(face)))
                .addSubcommand("promote", new CommandLine(new TierPromote(face)))
                .addSubcommand("refill", new CommandLine(new TierRefill(face)));
    }

    private static CommandLine vaultKey(Face face) {
        return Noun.of("key", "List, add and remove the keys that open the vault.")
                .addSubcommand("list", new CommandLine(new KeyList(face)))
                .addSubcommand("add", new CommandLine(new KeyAdd(face)))
                .addSubcommand("remove", new CommandLine(new KeyRemove(face)));
    }

    private static CommandLine wal(Face face, String verb) {
        CommandLine noun = Noun.of("wal", "What archive_command and restore_command call.");
        Contents verbs = new Contents();
        verbs.add("push", () -> new CommandLine(new WalPush(face)));
        verbs.add("fetch", () -> new CommandLine(new WalFetch(face)));
        return verbs.into(noun, verb);
    }

    private static CommandLine drill(Face face, String verb) {
        CommandLine noun = Noun.of("drill", "Prove that restores work, by making them.");
        Contents verbs = new Contents();
        verbs.add("run", () -> new CommandLine(new DrillRun(face)));
        verbs.add("list", () -> new CommandLine(new DrillList(face)));
        return verbs.into(noun, verb);
    }

    private static CommandLine job(Face face, String verb) {
        CommandLine noun = Noun.of("job", "List, show, follow and cancel what the service does.");
        Contents verbs = new Contents();
        verbs.add("list", () -> new CommandLine(new JobList(face)));
        verbs.add("show", () -> new CommandLine(new JobShow(face)));
        verbs.add("follow", () -> new CommandLine(new JobFollow(face)));
        verbs.add("cancel", () -> new CommandLine(new JobCancel(face)));
        verbs.add("pause", () -> new CommandLine(new JobPause(face)));
        verbs.add("resume", () -> new CommandLine(new JobResume(face)));
        return verbs.into(noun, verb);
    }

    /** Commands by their words, each made when it is wanted. */
    private static final class Contents {
        private final Map<String, Supplier<CommandLine>> commands = new LinkedHashMap<>();

        void add(String word, Supplier<CommandLine> command) {
            commands.put(word, command);
        }

        void addNotYet(String... words) {
            for (String word : words) {
                commands.put(word, NotYet::command);
            }
        }

        /** Adds the command that is meant; all of them where the word means none. */
        CommandLine into(CommandLine line, String word) {
            Supplier<CommandLine> meant = commands.get(word);
            if (meant != null) {
                return line.addSubcommand(word, meant.get());
            }
            commands.forEach((each, command) -> line.addSubcommand(each, command.get()));
            return line;
        }
    }

    /** How help and the parser behave, the same for every command. */
    private static void shape(CommandLine line, Face face) {
        line.setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setUsageHelpWidth(100)
                .setAbbreviatedOptionsAllowed(false)
                .setAbbreviatedSubcommandsAllowed(false)
                .setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(writer(face.terminal().out()))
                .setErr(writer(face.terminal().err()));
        everyCommand(line);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }

    private static void everyCommand(CommandLine line) {
        line.getCommandSpec()
                .usageMessage()
                .sortOptions(false)
                .abbreviateSynopsis(true)
                .synopsisHeading("Usage: ")
                .optionListHeading("Options:%n")
                .commandListHeading("%nCommands:%n");
        line.getSubcommands().values().forEach(Pgkeep::everyCommand);
    }

    @Override
    public void run() {
        spec.commandLine().usage(face.terminal().out());
    }
}
