package org.pgkeep.places;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.opendal.Entry;
import org.apache.opendal.ListOptions;
import org.apache.opendal.Metadata;
import org.apache.opendal.WriteOptions;
import org.jspecify.annotations.Nullable;
import org.pgkeep.vault.ObjectName;
import org.pgkeep.vault.StoredObject;

/**
 * Calls to a service through OpenDAL.
 *
 * @param calls how they are made
 */
record OpenDalClient(NativeCalls calls) implements FarClient {
    private static final Pattern MD5_HEX = Pattern.compile("\"?([0-9a-f]{32})\"?");
    private static final int MD5_BYTES = 16;

    @Override
    public void create(String name, byte[] content, Duration within) throws InterruptedException {
        WriteOptions ifAbsent = WriteOptions.builder().ifNotExists(true).build();
        calls.call(within, line -> line.write(name, content, ifAbsent));
    }

    @Override
    public byte[] read(String name, Duration within) throws InterruptedException {
        return calls.call(within, line -> line.read(name));
    }

    @Override
    public byte[] read(String name, long offset, int length, Duration within)
            throws InterruptedException {
        return calls.call(within, line -> line.read(name, offset, length));
    }

    @Override
    public Stat stat(String name, Duration within) throws InterruptedException {
        Metadata told = calls.call(within, line -> line.stat(name));
        return new Stat(told.getContentLength(), md5(told.getContentMd5(), told.getEtag()));
    }

    /** S3 tells the digest as the tag, in hexadecimal; the others beside it, in base 64. */
    private static Optional<String> md5(@Nullable String digest, @Nullable String tag) {
        if (digest != null) {
            try {
                byte[] bytes = Base64.getDecoder().decode(digest);
                if (bytes.length == MD5_BYTES) {
                    return Optional.of(HexFormat.of().formatHex(bytes));
                }
            } catch (IllegalArgumentException e) {
                // no base 64: the tag may say it
            }
        }
        return Optional.ofNullable(tag)
                .map(MD5_HEX::matcher)
                .filter(hex -> hex.matches())
                .map(hex -> hex.group(1));
    }

    @Override
    public List<StoredObject> list(String prefix, Duration within) throws InterruptedException {
        ListOptions all = ListOptions.builder().recursive(true).build();
        List<StoredObject> found = new ArrayList<>();
        for (Entry entry : calls.call(within, line -> line.list(prefix, all))) {
            // a prefix that ends with '/' may itself be listed, as a folder
            if (entry.getMetadata().isFile()
                    && entry.getPath().startsWith(prefix)
                    && ObjectName.isValid(entry.getPath())) {
                found.add(
                        new StoredObject(
                                new ObjectName(entry.getPath()),
                                entry.getMetadata().getContentLength()));
            }
        }
        return found;
    }

    @Override
    public List<String> folders(String prefix, Duration within) throws InterruptedException {
        ListOptions level = ListOptions.builder().recursive(false).build();
        List<String> found = new ArrayList<>();
        for (Entry entry : calls.call(within, line -> line.list(prefix, level))) {
            String path = entry.getPath();
            if (path.length() > prefix.length() && path.startsWith(prefix) && path.endsWith("/")) {
                String part = path.substring(prefix.length(), path.length() - 1);
                if (ObjectName.isValid(prefix + part)) {
                    found.add(part);
                }
            }
        }
        return found;
    }

    @Override
    public void delete(String name, Duration within) throws InterruptedException {
        calls.call(within, line -> line.delete(name));
    }

    @Override
    public void forgetCredentials() {
        calls.renew();
    }
}
