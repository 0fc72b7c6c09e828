package org.pgkeep.cli.key;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.cli.rest.ServiceClient;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code vault key add}. */
@Command(
        name = "add",
        header = "Lock the vault with one more key.",
        description = {
            "",
            "Any one of its keys opens the vault: a second one in another place is a second way in"
                    + " when the first is lost. No data is touched.",
            ""
        },
        footer = {
            "",
            "Example:",
            "  pgkeep vault key add --key-file /mnt/stick/vault.key --label stick",
            "  pgkeep vault key add --passphrase-file /root/words --label office",
            "Next:",
            "  pgkeep vault key list"
        })
public final class KeyAdd implements Runnable {
    private static final int KEY_BYTES = 32;

    private final Face face;

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description =
                    "A key file; if there is none of that name it is made, readable for you alone.")
    private @Nullable Path keyFile;

    @Option(
            names = "--passphrase-file",
            paramLabel = "FILE",
            description = "The first line of this file is the passphrase.")
    private @Nullable Path passphraseFile;

    @Option(
            names = "--key-service",
            paramLabel = "ADDRESS",
            description =
                    "An AES key that never leaves its PKCS#11 token: pkcs11:object=LABEL;slot-id=N"
                            + "?module-path=LIBRARY&pin-source=file:FILE.")
    private @Nullable String keyService;

    @Option(
            names = "--label",
            paramLabel = "TEXT",
            description = "What the key is called in lists.")
    private String label = "";

    /** The command. */
    public KeyAdd(Face face) {
        this.face = face;
    }

    @Override
    public void run() {
        ServiceClient service = face.service();
        Map<String, Json> body = new LinkedHashMap<>();
        if (!label.isEmpty()) {
            body.put("label", Json.text(label));
        }
        if (passphraseFile != null) {
            body.put("passphrase", Json.text(SecretFiles.read(passphraseFile)));
        }
        if (keyService != null) {
            body.put("keyService", Json.text(keyService));
        }
        if (keyFile != null) {
            // first the file, durable, then the lock: the other way round could lose the key
            if (!Files.exists(keyFile)) {
                byte[] secret = new byte[KEY_BYTES];
                new SecureRandom().nextBytes(secret);
                SecretFiles.writeNew(keyFile, HexFormat.of().formatHex(secret) + "\n");
                face.say("Made the key file " + keyFile);
            }
            body.put("keyFile", Json.text(SecretFiles.read(keyFile).strip()));
        }
        if (passphraseFile == null && keyService == null && keyFile == null) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "it is not said which key to add",
                    "give one of --key-file, --passphrase-file, --key-service");
        }
        Json key = service.post("/vault/keys", Json.object(body));
        face.result(key, () -> KeyText.table(List.of(key)));
    }
}
