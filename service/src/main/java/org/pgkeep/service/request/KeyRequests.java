package org.pgkeep.service.request;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.pgkeep.engine.ServerId;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.catalog.Job;
import org.pgkeep.service.catalog.JobKind;
import org.pgkeep.service.document.KeyView;
import org.pgkeep.service.home.HomeKeys;
import org.pgkeep.service.job.JobRunner;
import org.pgkeep.vault.KeyService;
import org.pgkeep.vault.Vault;
import org.pgkeep.vault.VaultKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What can be asked about the vault's keys. Ids of keys go into the log, keys never. */
public final class KeyRequests {
    private static final Logger LOG = LoggerFactory.getLogger(KeyRequests.class);

    private final Vault vault;
    private final HomeKeys home;
    private final JobRunner runner;
    private final Function<String, KeyService> services;

    /**
     * The requests.
     *
     * @param services finds the key service of an address
     */
    public KeyRequests(
            Vault vault, HomeKeys home, JobRunner runner, Function<String, KeyService> services) {
        this.vault = vault;
        this.home = home;
        this.runner = runner;
        this.services = services;
    }

    /**
     * Keys that somebody gives.
     *
     * @param passphrases each at least one character
     * @param keyFiles secrets of key files, in hexadecimal digits
     * @param keyServices addresses of keys
     */
    public record Given(List<String> passphrases, List<String> keyFiles, List<String> keyServices) {
        /** Copies the lists. */
        public Given {
            passphrases = List.copyOf(passphrases);
            keyFiles = List.copyOf(keyFiles);
            keyServices = List.copyOf(keyServices);
        }

        @Override
        public String toString() {
            return passphrases.size() + keyFiles.size() + keyServices.size() + " keys";
        }
    }

    /**
     * What is to be rotated.
     *
     * @param keyFile whether the home gets a new key file
     * @param masterKey whether the vault gets a new master key
     * @param letOthersGo whether keys that are not given open the vault no more
     */
    public record Rotation(boolean keyFile, boolean masterKey, boolean letOthersGo) {}

    /** The keys there are. */
    public List<KeyView> list() {
        return vault.keys().list().stream().map(KeyView::of).toList();
    }

    /**
     * Locks the vault with one more key.
     *
     * @throws Failure {@code BAD_ARGUMENT} unless exactly one key is given
     */
    public KeyView add(Given given, Optional<String> label) {
        List<VaultKey> keys = keys(given);
        if (keys.size() != 1) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "one key is added at a time, and " + keys.size() + " were given",
                    "give one of --passphrase-file, --key-file, --key-service");
        }
        KeyView added = KeyView.of(vault.keys().add(keys.getFirst(), label.orElse("")));
        LOG.info("the vault has a new key {} ({})", added.id(), added.kind());
        return added;
    }

    /**
     * Takes a key away.
     *
     * @throws Failure {@code BAD_ARGUMENT}, {@code WRONG_STATE}
     */
    public void remove(String id) {
        UUID envelope;
        try {
            envelope = UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw new Failure(
                    Code.BAD_ARGUMENT,
                    "\"" + id + "\" is no id of a key",
                    "see them with: pgkeep vault key list",
                    e);
        }
        vault.keys().remove(envelope);
        LOG.info("key {} opens the vault no more", id);
    }

    /** Gives the home a new key file, the vault a new master key, or both; in this order. */
    public KeyView.Rotated rotate(Rotation rotation, Given others) {
        List<KeyView> letGo = new ArrayList<>();
        List<VaultKey> keys = keys(others);
        if (rotation.keyFile()) {
            home.replaceKeyFile();
            LOG.info("the home has a new key file");
        }
        if (rotation.masterKey()) {
            vault.keys().rotate(keys, rotation.letOthersGo()).stream()
                    .map(KeyView::of)
                    .forEach(letGo::add);
            LOG.info("the vault's keys have gone on to generation {}", vault.keys().generation());
        }
        String kit = home.writeKit().toString();
        return new KeyView.Rotated(vault.keys().generation(), list(), letGo, kit);
    }

    /** Orders the sealing anew of everything that an older master key has sealed. */
    public Job reseal() {
        return runner.submit(
                new Job.Order(
                        JobKind.RESEAL,
                        // a job of the vault's: one at a time, beside those of servers
                        new ServerId(vault.id().value()),
                        "",
                        "",
                        "generation " + vault.keys().generation(),
                        "{}",
                        Optional.empty(),
                        List.of()));
    }

    /** Writes the recovery kit of the home anew. */
    public KeyView.Kit writeKit() {
        return new KeyView.Kit(home.writeKit().toString());
    }

    /** The recovery kit, to be written elsewhere. */
    public KeyView.KitText kit() {
        return new KeyView.KitText(home.kit());
    }

    private List<VaultKey> keys(Given given) {
        List<VaultKey> keys = new ArrayList<>();
        for (String words : given.passphrases()) {
            if (words.isEmpty()) {
                throw new Failure(
                        Code.BAD_ARGUMENT, "the passphrase is empty", "choose a longer one");
            }
            keys.add(new VaultKey.Passphrase(words.toCharArray()));
        }
        for (String secret : given.keyFiles()) {
            try {
                keys.add(new VaultKey.KeyFile(HexFormat.of().parseHex(secret.strip())));
            } catch (IllegalArgumentException notToBeQuoted) {
                throw new Failure(
                        Code.BAD_ARGUMENT,
                        "the key file does not hold a key: 64 hexadecimal digits are expected",
                        "give another file");
            }
        }
        given.keyServices()
                .forEach(address -> keys.add(new VaultKey.InService(services.apply(address))));
        return keys;
    }
}
