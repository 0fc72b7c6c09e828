package org.pgkeep.places;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectLock;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.PlaceOpener;
import org.pgkeep.vault.store.DirectoryPlaces;

/** Opens places of every kind there is. */
public final class StoragePlaces implements PlaceOpener {
    private final PlaceOpener directories;
    private final Credentials credentials;
    private final Patience patience;
    private final Ticker ticker;
    private final RandomGenerator random;

    /**
     * An opener; nothing is asked or loaded yet.
     *
     * @param environment the process's variables, for credentials
     * @param home the user's folder, for the files of the vendors' tools
     * @param clock tells how old temporary files in folders are
     * @param random spreads the pauses between attempts
     */
    public StoragePlaces(
            Map<String, String> environment,
            Path home,
            InstantSource clock,
            RandomGenerator random) {
        this(environment, home, clock, random, Patience.DEFAULT, Ticker.SYSTEM);
    }

    StoragePlaces(
            Map<String, String> environment,
            Path home,
            InstantSource clock,
            RandomGenerator random,
            Patience patience,
            Ticker ticker) {
        this.directories = new DirectoryPlaces(clock);
        this.credentials = new Credentials(Map.copyOf(environment), home);
        this.patience = patience;
        this.ticker = ticker;
        this.random = random;
    }

    @Override
    public ObjectStore open(PlaceAddress address) {
        return opened(address, directories::open);
    }

    @Override
    public ObjectStore make(PlaceAddress address) {
        return opened(address, directories::make);
    }

    private ObjectStore opened(
            PlaceAddress address, Function<PlaceAddress, ObjectStore> directory) {
        Optional<Bandwidth> upload = Bandwidth.of(address, "upload", ticker);
        Optional<Bandwidth> download = Bandwidth.of(address, "download", ticker);
        ObjectStore store =
                switch (address.kind()) {
                    case FILE -> directory.apply(PlaceAddress.of(address.folder()));
                    case S3, AZBLOB, GCS -> far(address);
                };
        return upload.isEmpty() && download.isEmpty()
                ? store
                : new LimitedStore(store, upload, download);
    }

    private ObjectStore far(PlaceAddress address) {
        checkOptions(address);
        // refuses now what can be seen now; asked again for each line of calls
        Map<String, String> _ = settings(address);
        NativeCalls calls = new NativeCalls(address.kind().scheme(), () -> settings(address));
        return new FarStore(address, new OpenDalClient(calls), patience, ticker, random);
    }

    private static void checkOptions(PlaceAddress address) {
        address.option("endpoint")
                .filter(url -> !url.matches("https?://[^/?#@\\s]+(/[^?#@\\s]*)?"))
                .ifPresent(url -> {
                    throw new Failure(
                            Code.BAD_ARGUMENT,
                            "the endpoint of " + address.kind().scheme() + " is no plain URL",
                            "write it as https://HOST:PORT, without user or password");
                });
        address.option("object-lock")
                .filter(value -> !value.equals("on") && !value.equals("off"))
                .ifPresent(value -> {
                    throw new Failure(
                            Code.BAD_ARGUMENT,
                            "\"" + value + "\" does not say whether objects are locked",
                            "write object-lock=on or object-lock=off");
                });
        address.option("style")
                .filter(style -> !style.equals("path") && !style.equals("host"))
                .ifPresent(style -> {
                    throw new Failure(
                            Code.BAD_ARGUMENT,
                            "there is no style \"" + style + "\" of addressing a bucket",
                            "write style=path or style=host");
                });
    }

    /**
     * {@inheritDoc}
     *
     * <p>Of an S3 place with the option {@code object-lock=on}. What asks is found on the class
     * path.
     *
     * @throws Failure {@code WRONG_PLACE} if it is not there
     */
    @Override
    public Optional<ObjectLock> lock(PlaceAddress address) {
        boolean wanted = address.option("object-lock").filter("on"::equals).isPresent();
        if (!wanted) {
            return Optional.empty();
        }
        checkOptions(address);
        Map<String, String> settings = settings(address);
        LockAdapter.Bucket bucket =
                new LockAdapter.Bucket(
                        address.text(),
                        address.option("endpoint"),
                        settings.getOrDefault("region", ""),
                        address.container(),
                        address.prefix().isEmpty() ? "" : address.prefix() + "/",
                        Boolean.parseBoolean(settings.get("enable_virtual_host_style")),
                        Optional.ofNullable(settings.get("access_key_id"))
                                .map(id ->
                                        new LockAdapter.Keys(
                                                id,
                                                settings.getOrDefault("secret_access_key", ""),
                                                Optional.ofNullable(
                                                        settings.get("session_token")))),
                        patience.answer());
        return Optional.of(
                ServiceLoader.load(LockAdapter.class)
                        .findFirst()
                        .orElseThrow(() ->
                                new Failure(
                                        Code.WRONG_PLACE,
                                        "the locks of "
                                                + address
                                                + " can't be reached: the room locks"
                                                + " is not on the class path",
                                        "build it with: ./mvnw -Dquick -DskipTests -pl locks -am"
                                                + " package, and start pgkeep again"))
                        .open(bucket));
    }

    /** What OpenDAL has to know of a place; holds secrets. */
    private Map<String, String> settings(PlaceAddress address) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("root", "/" + address.prefix());
        address.option("endpoint").ifPresent(endpoint -> settings.put("endpoint", endpoint));
        switch (address.kind()) {
            case S3 -> {
                settings.put("bucket", address.container());
                // the service compares it before the object appears
                settings.put("checksum_algorithm", "crc32c");
                // Amazon's own names a bucket in the host, most others in the path
                boolean inHost =
                        address.option("style")
                                .map("host"::equals)
                                .orElse(address.option("endpoint").isEmpty());
                settings.put("enable_virtual_host_style", Boolean.toString(inHost));
                settings.putAll(credentials.s3(address));
            }
            case AZBLOB -> {
                settings.put("container", address.container());
                settings.putAll(credentials.azure(address));
            }
            case GCS -> {
                settings.put("bucket", address.container());
                settings.putAll(credentials.google(address));
            }
            case FILE -> throw new IllegalStateException("a folder needs no settings: " + address);
        }
        return settings;
    }
}
