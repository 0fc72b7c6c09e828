package org.pgkeep.vault.seal;

import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/**
 * The clear first bytes of a sealed object. All of them are bound to every frame as associated
 * data.
 *
 * @param format of the object, 1 to {@link #newest} of its kind
 * @param kind what the object is
 * @param generation of the master key
 * @param vault the vault it belongs to
 * @param sealId drawn at random for each sealing, the salt of the object's key: so no two sealings
 *     ever share a key, even if they are of one name
 */
record Header(int format, ObjectKind kind, int generation, UUID vault, UUID sealId) {
    /** Bytes of an encoded header. */
    static final int BYTES = 48;

    private static final byte[] MAGIC = {(byte) 0x89, 'P', 'G', 'K', 'E', 'E', 'P', '\n'};

    /** The header of a new object. */
    Header(ObjectKind kind, int generation, UUID vault, UUID sealId) {
        this(newest(kind), kind, generation, vault, sealId);
    }

    /** The format this program writes, and the newest it reads: packs have had two. */
    static int newest(ObjectKind kind) {
        return kind == ObjectKind.PACK ? 2 : 1;
    }

    byte[] encode() {
        return new Encoder()
                .raw(MAGIC, 0, MAGIC.length)
                .u16(format)
                .u8(kind.code())
                .u8(0)
                .u32(generation)
                .uuid(vault)
                .uuid(sealId)
                .toBytes();
    }

    /** What a header says, unless it is none, or of a format or kind that is not known. */
    static Optional<SealedObject.Title> title(String object, byte[] bytes) {
        if (bytes.length < BYTES
                || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            return Optional.empty();
        }
        Decoder fields = new Decoder(object, bytes, MAGIC.length, BYTES - MAGIC.length);
        int format = fields.u16();
        int kindCode = fields.u8();
        fields.u8();
        long generation = fields.u32();
        if (generation < 1 || generation > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        return Arrays.stream(ObjectKind.values())
                .filter(kind -> kind.code() == kindCode)
                .filter(kind -> format >= 1 && format <= newest(kind))
                .findFirst()
                .map(kind -> new SealedObject.Title(kind, (int) generation));
    }

    /** Reads the header of an object that must be of that kind and vault. */
    static Header decode(String object, byte[] bytes, ObjectKind kind, UUID vault) {
        if (bytes.length < BYTES) {
            throw Damage.of(object, "it ends inside its header");
        }
        if (!Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw Damage.of(object, "it does not begin like a sealed object");
        }
        Decoder fields = new Decoder(object, bytes, MAGIC.length, BYTES - MAGIC.length);
        int format = fields.u16();
        if (format > newest(kind)) {
            throw Damage.newer(object, format);
        }
        int kindCode = fields.u8();
        int zero = fields.u8();
        long generation = fields.u32();
        UUID writtenFor = fields.uuid();
        UUID sealId = fields.uuid();
        if (format < 1 || zero != 0 || generation < 1 || generation > Integer.MAX_VALUE) {
            throw Damage.of(object, "its header is not one that was ever written");
        }
        if (kindCode != kind.code()) {
            throw Damage.of(object, "it is of another kind than its name says");
        }
        if (!writtenFor.equals(vault)) {
            throw Damage.of(object, "it belongs to vault " + writtenFor + ", not to " + vault);
        }
        return new Header(format, kind, (int) generation, vault, sealId);
    }
}
