package org.pgkeep.cli.key;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.face.JobWatch;
import org.pgkeep.cli.face.WaitOption;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.cli.terminal.Facts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code vault rotate}. */
@Command(
        name = "rotate",
        header = "Replace the vault's keys.",
        description = {
            "",
            "Without options: a new master key, with which everything new is sealed; what is there"
                    + " stays readable. Every key that opens the vault has to be wrapped around it:"
                    + " the service has its own, the secrets of the others are given here.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep vault rotate",
            "  pgkeep vault rotate --passphrase-file /root/words",
            "  pgkeep vault rotate --master --key --reseal --wait",
            "Next:",
            "  pgkeep vault kit --to FILE"
        })
public final class VaultRotate implements Runnable {
    private final Face face;
    @Mixin private final WaitOption wait = new WaitOption();

    @Option(names = "--master", description = "A new master key for what is new.")
    private boolean master;

    @Option(
            names = "--key",
            description =
                    "A new key file in the home instead of the present one; no data is touched."
                            + " Recovery kits written before open the vault no more.")
    private boolean key;

    @Option(
            names = "--reseal",
            description =
                    "Seal what is there with the newest master key: a job that reads and writes the"
                            + " whole vault beside everything else, and goes on after a restart.")
    private boolean reseal;

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "Another key that goes on: a passphrase, in the file's first line.")
    private List<Path> passphraseFiles = new ArrayList<>();

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = "Another key that goes on: a key file.")
    private List<Path> keyFiles = new ArrayList<>();

    @Option(
            names = "--key-service",
            paramLabel = "ADDRESS",
            description = "Another key that goes on: one of a key service.")
    private List<String> keyServices = new ArrayList<>();

    @Option(
            names = "--let-others-go",
            description = "Keys that are not given open the vault no more.")
    private boolean letOthersGo;

    /** The command. */
    public VaultRotate(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        boolean masterKey = master || (!key && !reseal);
        if (masterKey || key) {
            Map<String, Json> body = new LinkedHashMap<>();
            body.put("masterKey", Json.truth(masterKey));
            body.put("key", Json.truth(key));
            body.put("letOthersGo", Json.truth(letOthersGo));
            body.put("passphrases", texts(passphraseFiles, SecretFiles::read));
            body.put("keyFiles", texts(keyFiles, file -> SecretFiles.read(file).strip()));
            body.put("keyServices", texts(keyServices, address -> address));
            Json rotated = service.post("/vault/rotations", Json.object(body));
            if (reseal) {
                face.say(facts(rotated));
            } else {
                face.result(rotated, () -> facts(rotated));
            }
            if (key) {
                face.say(
                        "Recovery kits written before open the vault no more: keep a copy of "
                                + rotated.at("kit").shown()
                                + " away from this machine.");
            }
        }
        if (reseal) {
            Json job = service.post("/vault/resealings", Json.object(Map.of()));
            new JobWatch(face, service)
                    .finish(
                            job,
                            wait,
                            () -> "Sealing anew is " + job.at("state").shown() + "\n",
                            done ->
                                    "Sealed anew "
                                            + done.at("resealed").shown()
                                            + " of "
                                            + done.at("objects").shown()
                                            + " objects, with generation "
                                            + done.at("generation").shown()
                                            + "\n");
        }
    }

    private static String facts(Json rotated) {
        return new Facts(0)
                        .add("Generation", rotated.at("generation").shown())
                        .add("Recovery kit", rotated.at("kit").shown())
                        .text()
                + KeyText.table(rotated.at("keys").items());
    }

    private static <T> Json texts(List<T> values, Function<T, String> text) {
        return new Json.Items(values.stream().map(value -> Json.text(text.apply(value))).toList());
    }
}
