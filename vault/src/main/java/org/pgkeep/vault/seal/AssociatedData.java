package org.pgkeep.vault.seal;

import java.nio.charset.StandardCharsets;

/**
 * What each frame's seal vouches for beside its bytes: the header, the frame's ordinal, codec, kind
 * and clear length, and the object's name. A frame moved to another place opens nowhere.
 */
final class AssociatedData {
    private final byte[] template;

    AssociatedData(Header header, String name) {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        template =
                new Encoder()
                        .raw(header.encode(), 0, Header.BYTES)
                        .u64(0)
                        .u8(0)
                        .u8(0)
                        .u32(0)
                        .raw(nameBytes, 0, nameBytes.length)
                        .toBytes();
    }

    byte[] of(int frame, int codec, int chunkKind, int clearBytes) {
        byte[] bytes = template.clone();
        int at = Header.BYTES + 4;
        bytes[at++] = (byte) (frame >>> 24);
        bytes[at++] = (byte) (frame >>> 16);
        bytes[at++] = (byte) (frame >>> 8);
        bytes[at++] = (byte) frame;
        bytes[at++] = (byte) codec;
        bytes[at++] = (byte) chunkKind;
        bytes[at++] = (byte) (clearBytes >>> 24);
        bytes[at++] = (byte) (clearBytes >>> 16);
        bytes[at++] = (byte) (clearBytes >>> 8);
        bytes[at] = (byte) clearBytes;
        return bytes;
    }
}
