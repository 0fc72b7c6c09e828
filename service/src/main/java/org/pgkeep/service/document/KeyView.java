package org.pgkeep.service.document;

import java.util.List;
import java.util.Locale;
import org.pgkeep.vault.KeyInfo;
import org.pgkeep.vault.Resealing;

/**
 * A key that the vault is locked with; never the key itself.
 *
 * @param id of its envelope
 * @param kind {@code passphrase}, {@code key-file}, {@code key-service}
 * @param label what people call it
 * @param address which key of which service
 * @param generation of the master key it opens, with all before
 * @param state {@code current}, {@code outdated} or {@code unused}
 * @param own whether it opens the vault here
 */
public record KeyView(
        String id,
        String kind,
        String label,
        String address,
        int generation,
        String state,
        boolean own) {
    /** A key as the vault tells of it. */
    public static KeyView of(KeyInfo key) {
        return new KeyView(
                key.id().toString(),
                key.kind(),
                key.label(),
                key.address(),
                key.generation(),
                key.state().name().toLowerCase(Locale.ROOT),
                key.own());
    }

    /**
     * What a rotation made of the keys.
     *
     * @param generation of the master key that seals what is new
     * @param keys that open the vault now
     * @param letGo keys that open it no more
     * @param kit where the recovery kit was written anew
     */
    public record Rotated(int generation, List<KeyView> keys, List<KeyView> letGo, String kit) {}

    /**
     * The recovery kit.
     *
     * @param path where it was written
     */
    public record Kit(String path) {}

    /**
     * The recovery kit's text, for another place than the home.
     *
     * @param text the page; it holds the key
     */
    public record KitText(String text) {}

    /**
     * What sealing anew has done.
     *
     * @param objects sealed objects looked at
     * @param resealed of them sealed anew
     * @param resealedBytes the bytes of those
     * @param generation of the master key they are sealed with
     */
    public record Resealed(int objects, int resealed, long resealedBytes, int generation) {
        /** The figures of a run. */
        public static Resealed of(Resealing.Figures figures, int generation) {
            return new Resealed(
                    figures.objects(), figures.resealed(), figures.resealedBytes(), generation);
        }
    }
}
