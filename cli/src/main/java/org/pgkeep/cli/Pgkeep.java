package org.pgkeep.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.pgkeep.cli.backup.BackupList;
import org.pgkeep.cli.backup.BackupTake;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.NotYet;
import org.pgkeep.cli.face.Noun;
import org.pgkeep.cli.history.Moments;
import org.pgkeep.cli.history.Ranges;
import org.pgkeep.cli.job.JobFollow;
import org.pgkeep.cli.job.JobList;
import org.pgkeep.cli.job.JobShow;
import org.pgkeep.cli.run.Completion;
import org.pgkeep.cli.run.DemoTour;
import org.pgkeep.cli.run.Down;
import org.pgkeep.cli.run.Status;
import org.pgkeep.cli.run.Up;
import org.pgkeep.cli.server.ServerCreate;
import org.pgkeep.cli.server.ServerDelete;
import org.pgkeep.cli.server.ServerList;
import org.pgkeep.cli.server.ServerRestore;
import org.pgkeep.cli.server.ServerShow;
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
        CommandLine line = new CommandLine(new Pgkeep(face));
        line.addMixin("common", face.options());
        line.getCommandSpec().versionProvider(new Version());

        line.addSubcommand("up", new Up(face));
        line.addSubcommand("down", new Down(face));
        line.addSubcommand("status", new Status(face));
        line.addSubcommand("server", server(face));
        line.addSubcommand("backup", backup(face));
        line.addSubcommand("moments", new Moments(face));
        line.addSubcommand("ranges", new Ranges(face));
        line.addSubcommand("job", job(face));
        line.addSubcommand("demo", new DemoTour(face));
        line.addSubcommand("completion", new Completion(face));
        notYet(line, "wal", "vault", "drill", "config", "doctor");

        shape(line, face);
        return line;
    }

    private static CommandLine server(Face face) {
        CommandLine noun =
                Noun.of("server", "Create, list, show, delete and restore servers.")
                        .addSubcommand("create", ServerCreate.command(face))
                        .addSubcommand("list", new ServerList(face))
                        .addSubcommand("show", new ServerShow(face))
                        .addSubcommand("delete", new ServerDelete(face))
                        .addSubcommand("restore", ServerRestore.command(face));
        notYet(noun, "register", "update", "start", "stop", "restart", "purge", "tasks");
        notYet(noun, "parameter", "firewall", "lock");
        return noun;
    }

    private static CommandLine backup(Face face) {
        CommandLine noun =
                Noun.of("backup", "Take and list backups.")
                        .addSubcommand("take", new BackupTake(face))
                        .addSubcommand("list", new BackupList(face));
        notYet(noun, "show", "verify", "pin", "unpin", "delete");
        return noun;
    }

    private static CommandLine job(Face face) {
        CommandLine noun =
                Noun.of("job", "List, show and follow what the service does.")
                        .addSubcommand("list", new JobList(face))
                        .addSubcommand("show", new JobShow(face))
                        .addSubcommand("follow", new JobFollow(face));
        notYet(noun, "cancel");
        return noun;
    }

    private static void notYet(CommandLine line, String... names) {
        for (String name : names) {
            line.addSubcommand(name, NotYet.command());
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
